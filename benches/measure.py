#!/usr/bin/env python3
"""Measures spamcheck against its peers in the same run and prints ratios of minima.

    cargo build --release && python3 benches/measure.py [bulk] [latency] [audit] [domains] [loss] [memory] [--rounds 7]

Needs rbldnsd and dnsperf; adnshost (adns-tools) and pydnsbl (PyPI) are measured where they are installed. Servers
are pinned to the first core and clients to the second, rounds are interleaved, and what counts is CPU time: wall
time on loopback is bound by the server. Everything stays on loopback and is stopped by its process id.
"""

import argparse
import collections
import json
import os
import random
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BINARY = os.path.join(ROOT, "target", "release", "spamcheck")
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def pinned(core, command):
    """The command on one core, where the system can pin."""
    return ["taskset", "-c", str(core), *command] if shutil.which("taskset") and os.cpu_count() > 1 else command


def run(command, **options):
    """Runs a client to its end: seconds of CPU, seconds of wall time, peak memory in KiB.

    The system counts this script's own memory into a child's peak, so GNU time stands between where it is there.
    """
    time_tool = shutil.which("time")
    with tempfile.NamedTemporaryFile("r") as peak:
        if time_tool:
            command = [time_tool, "-f", "%M", "-q", "-o", peak.name, *command]
        started = time.perf_counter()
        process = subprocess.Popen(pinned(1, command), **{**QUIET, **options})
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        memory = int(peak.read().split()[-1]) if time_tool else usage.ru_maxrss
    return usage.ru_utime + usage.ru_stime, wall, memory


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A child process that is stopped by its id."""

    def __init__(self, command, **options):
        self.process = subprocess.Popen(pinned(0, command), **options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def ask(port, name, timeout=0.2):
    """Whether a server answers for a name."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    query = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00" + labels + b"\0\0\1\0\1"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(timeout)
        try:
            client.sendto(query, ("127.0.0.1", port))
            return len(client.recv(2048)) > 0
        except OSError:
            return False


def wait_for(port, name):
    for _ in range(100):
        if ask(port, name):
            return
        time.sleep(0.05)
    sys.exit("the server did not come up")


class BulkData:
    """Addresses, zones with a share of them listed, and the questions for dnsperf."""

    def __init__(self, directory, addresses, lists, share=0.05, seed=1):
        chance = random.Random(seed)
        self.directory = directory
        self.zones = [f"bl{index:02}.test" for index in range(lists)]
        self.addresses = [
            ".".join(str(chance.randint(1, 223 if octet == 0 else 254)) for octet in range(4)) for _ in range(addresses)
        ]
        self.listed = set()
        for zone in self.zones:
            with open(os.path.join(directory, zone), "w") as file:
                file.write(":127.0.0.2:Listed, see https://bl.test/$\n127.0.0.2\n")
                for address in self.addresses:
                    if chance.random() < share:
                        file.write(address + "\n")
                        self.listed.add((address, zone))
        self.input = os.path.join(directory, "addresses")
        with open(self.input, "w") as file:
            file.write("\n".join(self.addresses) + "\n")
        self.questions = os.path.join(directory, "questions")
        with open(self.questions, "w") as file:
            for address in self.addresses:
                reverse = ".".join(reversed(address.split(".")))
                file.writelines(f"{reverse}.{zone} A\n" for zone in self.zones)

    def serve(self):
        port = free_port()
        zones = [f"{zone}:ip4set:{zone}" for zone in self.zones]
        os.chmod(self.directory, 0o755)
        command = ["rbldnsd", "-n", "-q", "-b", f"127.0.0.1/{port}", "-r", self.directory, *zones]
        server = Server(command, **QUIET)
        wait_for(port, f"2.0.0.127.{self.zones[-1]}")
        return server, port

    def world(self, path, loses_one_in):
        """The same lists as a world of spamcheck's own, on a lossy line."""
        with open(path, "w") as file:
            file.write(f"loses-one-in = {loses_one_in}\n")
            for zone in self.zones:
                file.write(f'\n[[list]]\nzone = "{zone}"\n[list.entries]\n')
                file.writelines(f'"{address}" = ["127.0.0.2"]\n' for address in self.addresses
                                if (address, zone) in self.listed)


def spamcheck_bulk(data, port, output, *more):
    lists = [part for zone in data.zones for part in ("--list", zone)]
    return [BINARY, "dnsbl", "--no-config", "--input", data.input, *lists, "--resolver", f"127.0.0.1:{port}",
            "--format", "ndjson", "--output", output, *more]


def verify(data, output):
    """Every listing found, none invented, every question accounted for."""
    found, unanswered, asked = set(), 0, 0
    with open(output) as file:
        for line in file:
            facts = json.loads(line)["facts"]
            asked += facts["asked"]
            unanswered += facts["asked"] - facts["answered"]
            found.update((facts["query"], row["zone"]) for row in facts["lists"] if row["outcome"] == "listed")
    expected = set(data.listed)
    told = f"{len(found & expected)} of {len(expected)} listings found, {len(found - expected)} invented, " \
           f"{unanswered} of {asked} questions unanswered"
    return told, asked == len(data.addresses) * len(data.zones)


def report(title, times, against="spamcheck"):
    print(f"\n{title}")
    least = {name: min(values) for name, values in times.items()}
    for name, value in least.items():
        runs = len(times[name])
        ratio = f"   spamcheck takes {least[against] / value:5.2f} of it" if name != against else ""
        print(f"  {name:12} {value:8.3f} s least of {runs}{ratio}")


def bulk(rounds):
    with tempfile.TemporaryDirectory() as directory:
        data = BulkData(directory, 10_000, 20)
        output = os.path.join(directory, "out.ndjson")
        server, port = data.serve()
        cpu, wall, memory = {}, {}, 0
        with server:
            clients = {
                "spamcheck": spamcheck_bulk(data, port, output),
                "dnsperf": ["dnsperf", "-s", "127.0.0.1", "-p", str(port), "-d", data.questions, "-n", "1", "-q", "100"],
            }
            for _ in range(rounds):
                for name, command in clients.items():
                    seconds, elapsed, peak = run(command)
                    cpu.setdefault(name, []).append(seconds)
                    wall.setdefault(name, []).append(elapsed)
                    memory = max(memory, peak) if name == "spamcheck" else memory
            told, complete = verify(data, output)
            report("Bulk, 10,000 addresses x 20 lists, 5 % listed: client CPU", cpu)
            report("The same: wall time, bound by the server", wall)
            print(f"  peak memory of spamcheck {memory / 1024:.1f} MiB; {told}; counts add up: {complete}")
        small(rounds)


def small(rounds):
    """The slower peers, on a tenth of the addresses."""
    with tempfile.TemporaryDirectory() as directory:
        data = BulkData(directory, 1_000, 20)
        output = os.path.join(directory, "out.ndjson")
        server, port = data.serve()
        cpu = {}
        with server:
            clients = {"spamcheck": (spamcheck_bulk(data, port, output), {})}
            if shutil.which("adnshost"):
                names = os.path.join(directory, "names")
                with open(data.questions) as questions, open(names, "w") as file:
                    file.writelines(line.split()[0] + "\n" for line in questions)
                config = "nameserver 127.0.0.1\n"
                command = ["adnshost", "--config", config, "-Vq", "-f", "-a", "-ta"]
                # adns always asks port 53, so it is measured where the server may listen there.
                if os.geteuid() == 0:
                    clients["adnshost"] = (command, {"stdin": names})
            try:
                import pydnsbl  # noqa: F401

                script = os.path.join(directory, "peer.py")
                with open(script, "w") as file:
                    file.write(PYDNSBL)
                clients["pydnsbl"] = ([sys.executable, script, data.input, str(port), *data.zones], {})
            except ImportError:
                pass
            extra = None
            if "adnshost" in clients:
                zones = [f"{zone}:ip4set:{zone}" for zone in data.zones]
                extra = Server(["rbldnsd", "-n", "-q", "-b", "127.0.0.1/53", "-r", directory, *zones], **QUIET)
                wait_for(53, f"2.0.0.127.{data.zones[-1]}")
            try:
                for _ in range(min(rounds, 3)):
                    for name, (command, options) in clients.items():
                        source = open(options["stdin"]) if "stdin" in options else subprocess.DEVNULL
                        seconds, _, _ = run(command, stdin=source)
                        cpu.setdefault(name, []).append(seconds)
            finally:
                if extra:
                    extra.__exit__()
        report("Bulk, 1,000 addresses x 20 lists: client CPU", cpu)


PYDNSBL = """
import asyncio, sys
import aiodns
from pydnsbl import DNSBLIpChecker
from pydnsbl.providers import Provider
source, port, zones = sys.argv[1], sys.argv[2], sys.argv[3:]
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)


async def make():
    checker = DNSBLIpChecker(providers=[Provider(zone) for zone in zones], loop=loop)
    checker._resolver = aiodns.DNSResolver(nameservers=["127.0.0.1"], udp_port=int(port), loop=loop)
    return checker


loop.run_until_complete(make()).bulk_check([address.strip() for address in open(source)])
"""


def serve_world(path):
    server = Server([BINARY, "demo", "--serve", "--world", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    for line in server.process.stdout:
        port = re.search(rb"--resolver 127\.0\.0\.1:(\d+)", line)
        if port:
            server.ways = re.findall(rb"--(?:connect-to|ca-file|helo-name) \S+", line)
            return server, int(port.group(1))
    sys.exit("the world did not come up")


def latency(rounds):
    lists = [f"bl{index:02}.test" for index in range(80)]
    flags = [part for zone in lists for part in ("--list", zone)]
    for title, silent, budget, more in [
        ("One address x 80 lists, answers take 50 ms, reasons included", 0, 0.05, []),
        ("The same without health probes: 8 hits are checked for lists that list everything", 0, 0.05, ["--no-health"]),
        ("The same with 3 dead lists and a budget of 1 s", 3, 1.0, ["--timeout", "1s"]),
    ]:
        with tempfile.TemporaryDirectory() as directory:
            world = os.path.join(directory, "world.toml")
            with open(world, "w") as file:
                for index, zone in enumerate(lists):
                    manner = "silent" if index < silent else "ordinary"
                    file.write(f'[[list]]\nzone = "{zone}"\nmanner = "{manner}"\ndelay-ms = 50\n')
                    if index % 10 == 9:
                        file.write('entries = { "203.0.113.9" = ["127.0.0.2"] }\n'
                                   'reasons = { "203.0.113.9" = "because" }\n')
            server, port = serve_world(world)
            with server:
                command = [BINARY, "dnsbl", "203.0.113.9", "--no-config", "--json", *flags,
                           "--resolver", f"127.0.0.1:{port}", *more]
                times = [run(command)[1] for _ in range(rounds)]
        unit = "round trips" if silent == 0 else "of the budget"
        print(f"\n{title}\n  {min(times) * 1e3:.0f} ms least of {rounds}, {min(times) / budget:.2f} {unit}")


def roomy_socket():
    """A socket for UDP that holds a burst of questions, as far as the system lets it."""
    new = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    new.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    if os.geteuid() == 0:
        new.setsockopt(socket.SOL_SOCKET, 33, 1 << 22)  # SO_RCVBUFFORCE
    return new


class Late(threading.Thread):
    """A resolver that passes questions on, answers 50 ms later, and writes down what it was asked and when."""

    ROUND_TRIP = 0.05

    def __init__(self, port):
        super().__init__(daemon=True)
        self.upstream = ("127.0.0.1", port)
        self.socket = roomy_socket()
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.asked = []

    def run(self):
        world = roomy_socket()
        waiting, queued, clients = collections.deque(), collections.deque(), {}
        under_way = 0
        while True:
            left = max(waiting[0][0] - time.perf_counter(), 0) if waiting else None
            for ready in select.select([self.socket, world], [], [], left)[0]:
                now = time.perf_counter()
                if ready is self.socket:
                    query, client = self.socket.recvfrom(4096)
                    number, question = query[:2], self.question(query)
                    self.asked.append((now, *question))
                    clients[(number, question)] = now, client
                    queued.append(query)
                else:
                    reply = world.recv(65536)
                    under_way -= 1
                    asked = clients.pop((reply[:2], self.question(reply)), None)
                    if asked:
                        waiting.append((asked[0] + self.ROUND_TRIP, reply, asked[1]))
            # The world's buffer is a small one, so it gets no more than it answers.
            while queued and under_way < 64:
                world.sendto(queued.popleft(), self.upstream)
                under_way += 1
            while waiting and waiting[0][0] <= time.perf_counter():
                _, reply, client = waiting.popleft()
                self.socket.sendto(reply, client)

    @staticmethod
    def question(message):
        labels, at = [], 12
        while message[at]:
            labels.append(message[at + 1:at + 1 + message[at]].decode("latin-1").lower())
            at += 1 + message[at]
        return ".".join(labels), int.from_bytes(message[at + 1:at + 3], "big")

    def take(self):
        """What was asked since the last time, with the round trip it left in."""
        asked, self.asked = sorted(self.asked), []
        start = asked[0][0] if asked else 0
        return [(int((at - start) / self.ROUND_TRIP * 1.0 + 0.3) + 1, name, kind) for at, name, kind in asked]


AUDITED = """
[[mail]]
name = "mx1.NAME"
addresses = ["11.22.33.25", "2a10:ff::25"]
offers = ["STARTTLS", "PIPELINING"]
certificates = [{ names = ["mx1.NAME"] }]
[[mail]]
name = "mx2.NAME"
addresses = ["44.55.66.25"]
offers = ["STARTTLS", "PIPELINING"]
certificates = [{ names = ["mx2.NAME"] }]
[mx]
"NAME" = ["mx1.NAME", "mx2.NAME"]
[hosts]
"mx1.NAME" = ["11.22.33.25", "2a10:ff::25"]
"mx2.NAME" = ["44.55.66.25"]
"out.NAME" = ["11.22.33.26"]
[ptr]
"11.22.33.25" = ["mx1.NAME"]
"2a10:ff::25" = ["mx1.NAME"]
"44.55.66.25" = ["mx2.NAME"]
"11.22.33.26" = ["out.NAME"]
[txt]
"NAME" = ["v=spf1 mx a:out.NAME include:spf.vendor.example -all"]
"spf.vendor.example" = ["v=spf1 include:spf2.vendor.example ip4:66.77.88.0/24 -all"]
"spf2.vendor.example" = ["v=spf1 ip4:77.88.99.0/24 -all"]
"out.NAME" = ["v=spf1 a -all"]
"mx1.NAME" = ["v=spf1 a -all"]
"mail._domainkey.NAME" = ["v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="]
"_dmarc.NAME" = ["v=DMARC1; p=reject; rua=mailto:reports@NAME"]
"_smtp._tls.NAME" = ["v=TLSRPTv1; rua=mailto:tls@NAME"]
"""


def audit(rounds):
    lists = [f"bl{index:02}.test" for index in range(20)]
    flags = [part for zone in lists for part in ("--list", zone)]
    with tempfile.TemporaryDirectory() as directory:
        world = os.path.join(directory, "world.toml")
        with open(world, "w") as file:
            file.write(AUDITED.replace("NAME", "example.net"))
            file.writelines(f'\n[[list]]\nzone = "{zone}"\n' for zone in lists)
        server, port = serve_world(world)
        with server:
            late = Late(port)
            late.start()
            ways = [part.decode() for way in server.ways for part in way.split(b" ")]

            def once(command):
                _, wall, _ = run([BINARY, *command, "--no-config", "--json", "--resolver", f"127.0.0.1:{late.port}", *ways])
                return wall, late.take()

            alone = [["audit", "example.net", *flags]]
            senders = ["11.22.33.25", "11.22.33.26", "44.55.66.25", "2a10:ff::25"]
            names = dict(zip(senders, ["mx1", "out", "mx2", "mx1"]))
            own = [[check, "example.net"] for check in
                   ["mx", "spf", "return-path", "dkim", "dmarc", "mta-sts", "tls-rpt", "tls", "dane", "smtp"]]
            own += [["dnsbl", "example.net", *flags]]
            own += [["dnsbl", sender, *flags] for sender in senders] + [["ptr", sender] for sender in senders]
            own += [["helo", f"{name}.example.net", "--ip", sender] for sender, name in names.items()]
            whole = [once(alone[0]) for _ in range(rounds)]
            single = [min((once(command) for _ in range(min(rounds, 3))), key=lambda run: run[0]) for command in own]
            wall, asked = min(whole, key=lambda run: run[0])
    counts = collections.Counter((name, kind) for _, name, kind in asked)
    # Random names of probes are no questions about the domain; the resolver's self-test asks about none, either.
    twice = [question for question, count in counts.items() if count > 1]
    rounds_of = collections.Counter(round_trip for round_trip, _, _ in asked)
    trip = Late.ROUND_TRIP
    print(f"\nAn audit of a domain with 4 senders and 20 lists, answers take {trip * 1e3:.0f} ms")
    print(f"  {wall * 1e3:.0f} ms least of {rounds}, {wall / trip:.1f} round trips")
    print(f"  {len(asked)} questions, {len(twice)} asked twice{': ' + str(twice[:3]) if twice else ''}")
    print("  by round trip: " + ", ".join(f"{count} in {number}" for number, count in sorted(rounds_of.items())))
    print(f"  one after another {len(asked) * trip:.1f} s; {wall / (len(asked) * trip):.3f} of it")
    total, questions = sum(wall for wall, _ in single), sum(len(asked) for _, asked in single)
    print(f"  each check's own command: {total:.2f} s, {questions} questions; the audit takes {wall / total:.2f} of it")
    if os.environ.get("SHOW"):
        for round_trip, name, kind in asked:
            print("   ", round_trip, kind, name)
        for command, (wall, asked) in zip(own, single):
            print("   ", f"{wall / trip:4.1f}", len(asked), " ".join(command[:2]))


def domains(_):
    """Many domains in one run: the peak of memory."""
    with tempfile.TemporaryDirectory() as directory:
        world = os.path.join(directory, "world.toml")
        with open(world, "w") as file:
            file.write('[mx]\n"*.many.example" = ["mx1.host.example"]\n[hosts]\n"mx1.host.example" = ["11.22.33.25"]\n'
                       '[ptr]\n"11.22.33.25" = ["mx1.host.example"]\n'
                       '[txt]\n"*.many.example" = ["v=spf1 mx -all"]\n[[list]]\nzone = "bl.test"\n')
        server, port = serve_world(world)
        print("\nPeak memory, audits of many domains on one host")
        with server:
            for count in (200, 2_000):
                source = os.path.join(directory, "domains")
                with open(source, "w") as file:
                    file.writelines(f"d{number}.many.example\n" for number in range(count))
                output = os.path.join(directory, "out.ndjson")
                cpu, wall, peak = run([BINARY, "audit", "--input", source, "--no-config", "--list", "bl.test",
                                       "--skip", "tls,smtp", "--resolver", f"127.0.0.1:{port}", "--format", "ndjson", "--output", output])
                lines = sum(1 for _ in open(output))
                print(f"  {count:5} domains {peak / 1024:6.1f} MiB   {wall:6.1f} s wall, {cpu:6.1f} s CPU, {lines} lines")


def loss(_):
    with tempfile.TemporaryDirectory() as directory:
        data = BulkData(directory, 2_000, 20)
        output = os.path.join(directory, "out.ndjson")
        world = os.path.join(directory, "world.toml")
        for one_in, share in [(20, "5 %"), (5, "20 %")]:
            data.world(world, one_in)
            server, port = serve_world(world)
            with server:
                _, wall, _ = run(spamcheck_bulk(data, port, output))
            told, complete = verify(data, output)
            print(f"\n2,000 addresses x 20 lists, {share} of the questions lost\n  {told}; "
                  f"counts add up: {complete}; {wall:.1f} s")


def memory(_):
    with tempfile.TemporaryDirectory() as directory:
        data = BulkData(directory, 10_000, 4)
        output = os.path.join(directory, "out.ndjson")
        million = os.path.join(directory, "million")
        with open(million, "w") as file:
            for _ in range(100):
                file.write("\n".join(data.addresses) + "\n")
        server, port = data.serve()
        print("\nPeak memory, 4 lists")
        with server:
            for title, source in [("10,000 addresses", data.input), ("1,000,000 addresses", million)]:
                data.input = source
                cpu, wall, peak = run(spamcheck_bulk(data, port, output))
                lines = sum(1 for _ in open(output))
                print(f"  {title:20} {peak / 1024:5.1f} MiB   {wall:6.1f} s wall, {cpu:6.1f} s CPU, {lines} lines")


def write_log(path, lines):
    """A day of a Postfix: deliveries, refusals by a blocklist, bounces."""
    chance = random.Random(1)
    number, written = 0, 0
    with open(path, "w") as file:
        while written < lines:
            number += 1
            stamp = f"Mar  4 {number // 3600 % 24:02d}:{number // 60 % 60:02d}:{number % 60:02d} mx"
            queue_id = f"{chance.getrandbits(44):011X}"
            address = f"192.0.{chance.randrange(256)}.{chance.randrange(256)}"
            kind, user = chance.random(), chance.randrange(5000)
            if kind < 0.55:
                block = [
                    f"{stamp} postfix/smtpd[1]: connect from h{user}.example[{address}]",
                    f"{stamp} postfix/smtpd[1]: {queue_id}: client=h{user}.example[{address}]",
                    f"{stamp} postfix/cleanup[2]: {queue_id}: message-id=<{number}@example.com>",
                    f"{stamp} postfix/qmgr[3]: {queue_id}: from=<u{user}@example.org>, size=12345, nrcpt=1 (queue active)",
                    f"{stamp} postfix/lmtp[4]: {queue_id}: to=<r{user}@example.com>, relay=127.0.0.1[127.0.0.1]:24, delay=0.3, "
                    f"delays=0.1/0/0/0.2, dsn=2.0.0, status=sent (250 2.0.0 <r{user}@example.com> Saved)",
                    f"{stamp} postfix/qmgr[3]: {queue_id}: removed",
                    f"{stamp} postfix/smtpd[1]: disconnect from h{user}.example[{address}] ehlo=2 mail=1 rcpt=1 data=1 quit=1",
                ]
            elif kind < 0.8:
                block = [
                    f"{stamp} postfix/smtpd[1]: connect from unknown[{address}]",
                    f"{stamp} postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[{address}]: 554 5.7.1 Service unavailable; Client "
                    f"host [{address}] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/{address}; "
                    f"from=<x{number}@example.net> to=<r{user}@example.com> proto=ESMTP helo=<h{user}.example>",
                    f"{stamp} postfix/smtpd[1]: disconnect from unknown[{address}] ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4",
                ]
            else:
                host = f"mx.d{user % 300}.example[{address}]"
                block = [
                    f"{stamp} postfix/qmgr[3]: {queue_id}: from=<u{user}@example.com>, size=12345, nrcpt=1 (queue active)",
                    f"{stamp} postfix/smtp[4]: {queue_id}: to=<r{number}@d{user % 300}.example>, relay={host}:25, delay=0.3, "
                    f"delays=0.1/0/0/0.2, dsn=5.1.1, status=bounced (host {host} said: 550 5.1.1 <r{number}@d.example>: Recipient "
                    f"address rejected: User unknown (in reply to RCPT TO command))",
                    f"{stamp} postfix/qmgr[3]: {queue_id}: removed",
                ]
            file.write("\n".join(block) + "\n")
            written += len(block)
    return written


def logs(rounds):
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "mail.log")
        lines = write_log(path, 1_000_000)
        readers = {"spamcheck": [BINARY, "diagnose", "--offline", "--resolver", "127.0.0.1:9", path], "pflogsumm": ["pflogsumm", path]}
        cpu, peak = {}, 0
        for _ in range(rounds):
            for name, command in readers.items():
                seconds, _, memory = run(command)
                cpu.setdefault(name, []).append(seconds)
                peak = max(peak, memory) if name == "spamcheck" else peak
        report(f"A Postfix log of {lines:,} lines: client CPU", cpu)
        print(f"  {lines / min(cpu['spamcheck']):,.0f} lines a second; peak memory of spamcheck {peak / 1024:.1f} MiB")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", nargs="*", default=[], help="bulk, latency, audit, domains, loss, memory, logs; all without any")
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    if not os.path.exists(BINARY):
        sys.exit("build first: cargo build --release")
    kinds = {"bulk": bulk, "latency": latency, "audit": audit, "domains": domains, "loss": loss, "memory": memory, "logs": logs}
    for name in arguments.work or kinds:
        if name not in kinds:
            sys.exit(f"there is no work called {name}: {', '.join(kinds)}")
        kinds[name](arguments.rounds)


if __name__ == "__main__":
    main()
