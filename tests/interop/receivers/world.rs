//! One DNS world and many senders in it, for all receiving servers alike.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::support::servers::{Server, Unbound};
use crate::support::strings;

/// What the world's name server says: a name, a type, a value. Any other name does not exist.
const RECORDS: &[(&str, &str, &str)] = &[
    // the receiver
    ("example.org", "MX", "10 mx.example.org."),
    ("mx.example.org", "A", "127.0.0.1"),
    // senders' domains
    ("good.example.net", "MX", "10 mail.example.net."),
    ("good.example.net", "TXT", "v=spf1 ip4:5.6.0.0/16 -all"),
    ("_dmarc.good.example.net", "TXT", "v=DMARC1; p=reject"),
    ("plain.example.net", "MX", "10 mail.example.net."),
    ("fail.example.net", "MX", "10 mail.example.net."),
    ("fail.example.net", "TXT", "v=spf1 ip4:9.9.9.9 -all"),
    ("softfail.example.net", "MX", "10 mail.example.net."),
    ("softfail.example.net", "TXT", "v=spf1 ~all"),
    ("neutral.example.net", "MX", "10 mail.example.net."),
    ("neutral.example.net", "TXT", "v=spf1 ?all"),
    ("plusall.example.net", "MX", "10 mail.example.net."),
    ("plusall.example.net", "TXT", "v=spf1 +all"),
    ("permerror.example.net", "MX", "10 mail.example.net."),
    ("permerror.example.net", "TXT", "v=spf1 include:nothing.example.net -all"),
    ("temperror.example.net", "MX", "10 mail.example.net."),
    ("temperror.example.net", "TXT", "v=spf1 include:spf.dead.example -all"),
    ("reject.example.net", "MX", "10 mail.example.net."),
    ("reject.example.net", "TXT", "v=spf1 -all"),
    ("_dmarc.reject.example.net", "TXT", "v=DMARC1; p=reject"),
    ("quarantine.example.net", "MX", "10 mail.example.net."),
    ("quarantine.example.net", "TXT", "v=spf1 ~all"),
    ("_dmarc.quarantine.example.net", "TXT", "v=DMARC1; p=quarantine"),
    ("none.example.net", "MX", "10 mail.example.net."),
    ("none.example.net", "TXT", "v=spf1 ~all"),
    ("_dmarc.none.example.net", "TXT", "v=DMARC1; p=none"),
    ("nullmx.example.net", "MX", "0 ."),
    ("nullmx.example.net", "A", "5.6.0.1"),
    ("dangling.example.net", "MX", "10 nowhere.example.net."),
    ("address.example.net", "A", "5.6.0.1"),
    ("txtonly.example.net", "TXT", "only a text"),
    ("other.example.com", "MX", "10 mail.example.net."),
    ("other.example.com", "TXT", "v=spf1 ip4:5.6.0.0/16 -all"),
    ("_dmarc.other.example.com", "TXT", "v=DMARC1; p=reject"),
    ("author.example.com", "MX", "10 mail.example.net."),
    ("_dmarc.author.example.com", "TXT", "v=DMARC1; p=reject"),
    ("listed.example.net", "MX", "10 mail.example.net."),
    ("listed.example.net", "TXT", "v=spf1 ip4:5.6.0.0/16 -all"),
    ("listed.example.net.dbl.spamhaus.org", "A", "127.0.1.2"),
    ("listed.example.net.dbl.spamhaus.org", "TXT", "https://check.spamhaus.org/results?query=listed.example.net"),
    ("example.com.dbl.spamhaus.org", "A", "127.0.1.2"),
    // odd sender policies
    ("spf-two.example.net", "MX", "10 mail.example.net."),
    ("spf-two.example.net", "TXT", "v=spf1 -all"),
    ("spf-two.example.net", "TXT", "v=spf1 ip4:5.6.0.0/16 -all"),
    ("spf-twelve.example.net", "MX", "10 mail.example.net."),
    (
        "spf-twelve.example.net",
        "TXT",
        "v=spf1 a:a0.example.net a:a1.example.net a:a2.example.net a:a3.example.net a:a4.example.net a:a5.example.net a:a6.example.net a:a7.example.net a:a8.example.net a:a9.example.net a:a10.example.net a:a11.example.net ip4:5.6.0.0/16 -all",
    ),
    ("spf-sixteen.example.net", "MX", "10 mail.example.net."),
    (
        "spf-sixteen.example.net",
        "TXT",
        "v=spf1 a:a0.example.net a:a1.example.net a:a2.example.net a:a3.example.net a:a4.example.net a:a5.example.net a:a6.example.net a:a7.example.net a:a8.example.net a:a9.example.net a:a10.example.net a:a11.example.net a:a12.example.net a:a13.example.net a:a14.example.net a:a15.example.net ip4:5.6.0.0/16 -all",
    ),
    ("spf-thirty-two.example.net", "MX", "10 mail.example.net."),
    (
        "spf-thirty-two.example.net",
        "TXT",
        "v=spf1 a:a0.example.net a:a1.example.net a:a2.example.net a:a3.example.net a:a4.example.net a:a5.example.net a:a6.example.net a:a7.example.net a:a8.example.net a:a9.example.net a:a10.example.net a:a11.example.net a:a12.example.net a:a13.example.net a:a14.example.net a:a15.example.net a:a16.example.net a:a17.example.net a:a18.example.net a:a19.example.net a:a20.example.net a:a21.example.net a:a22.example.net a:a23.example.net a:a24.example.net a:a25.example.net a:a26.example.net a:a27.example.net a:a28.example.net a:a29.example.net a:a30.example.net a:a31.example.net ip4:5.6.0.0/16 -all",
    ),
    ("spf-thirty-two-fail.example.net", "MX", "10 mail.example.net."),
    (
        "spf-thirty-two-fail.example.net",
        "TXT",
        "v=spf1 a:a0.example.net a:a1.example.net a:a2.example.net a:a3.example.net a:a4.example.net a:a5.example.net a:a6.example.net a:a7.example.net a:a8.example.net a:a9.example.net a:a10.example.net a:a11.example.net a:a12.example.net a:a13.example.net a:a14.example.net a:a15.example.net a:a16.example.net a:a17.example.net a:a18.example.net a:a19.example.net a:a20.example.net a:a21.example.net a:a22.example.net a:a23.example.net a:a24.example.net a:a25.example.net a:a26.example.net a:a27.example.net a:a28.example.net a:a29.example.net a:a30.example.net a:a31.example.net -all",
    ),
    ("a0.example.net", "A", "9.9.9.9"),
    ("a1.example.net", "A", "9.9.9.9"),
    ("a2.example.net", "A", "9.9.9.9"),
    ("a3.example.net", "A", "9.9.9.9"),
    ("a4.example.net", "A", "9.9.9.9"),
    ("a5.example.net", "A", "9.9.9.9"),
    ("a6.example.net", "A", "9.9.9.9"),
    ("a7.example.net", "A", "9.9.9.9"),
    ("a8.example.net", "A", "9.9.9.9"),
    ("a9.example.net", "A", "9.9.9.9"),
    ("a10.example.net", "A", "9.9.9.9"),
    ("a11.example.net", "A", "9.9.9.9"),
    ("a12.example.net", "A", "9.9.9.9"),
    ("a13.example.net", "A", "9.9.9.9"),
    ("a14.example.net", "A", "9.9.9.9"),
    ("a15.example.net", "A", "9.9.9.9"),
    ("a16.example.net", "A", "9.9.9.9"),
    ("a17.example.net", "A", "9.9.9.9"),
    ("a18.example.net", "A", "9.9.9.9"),
    ("a19.example.net", "A", "9.9.9.9"),
    ("a20.example.net", "A", "9.9.9.9"),
    ("a21.example.net", "A", "9.9.9.9"),
    ("a22.example.net", "A", "9.9.9.9"),
    ("a23.example.net", "A", "9.9.9.9"),
    ("a24.example.net", "A", "9.9.9.9"),
    ("a25.example.net", "A", "9.9.9.9"),
    ("a26.example.net", "A", "9.9.9.9"),
    ("a27.example.net", "A", "9.9.9.9"),
    ("a28.example.net", "A", "9.9.9.9"),
    ("a29.example.net", "A", "9.9.9.9"),
    ("a30.example.net", "A", "9.9.9.9"),
    ("a31.example.net", "A", "9.9.9.9"),
    ("spf-unknown-word.example.net", "MX", "10 mail.example.net."),
    ("spf-unknown-word.example.net", "TXT", "v=spf1 foo ip4:5.6.0.0/16 -all"),
    ("spf-bad-address.example.net", "MX", "10 mail.example.net."),
    ("spf-bad-address.example.net", "TXT", "v=spf1 ip4:300.1.1.1 ip4:5.6.0.0/16 -all"),
    ("spf-bad-address-fail.example.net", "MX", "10 mail.example.net."),
    ("spf-bad-address-fail.example.net", "TXT", "v=spf1 ip4:300.1.1.1 -all"),
    ("spf-include-none-pass.example.net", "MX", "10 mail.example.net."),
    ("spf-include-none-pass.example.net", "TXT", "v=spf1 include:nothing.example.net ip4:5.6.0.0/16 -all"),
    ("spf-include-plain.example.net", "MX", "10 mail.example.net."),
    ("spf-include-plain.example.net", "TXT", "v=spf1 include:plain.example.net ip4:9.9.9.9 -all"),
    ("spf-include-dead-pass.example.net", "MX", "10 mail.example.net."),
    ("spf-include-dead-pass.example.net", "TXT", "v=spf1 include:spf.dead.example ip4:5.6.0.0/16 -all"),
    ("spf-redirect-none.example.net", "MX", "10 mail.example.net."),
    ("spf-redirect-none.example.net", "TXT", "v=spf1 redirect=nothing.example.net"),
    ("spf-redirect.example.net", "MX", "10 mail.example.net."),
    ("spf-redirect.example.net", "TXT", "v=spf1 redirect=good.example.net"),
    ("spf-loop.example.net", "MX", "10 mail.example.net."),
    ("spf-loop.example.net", "TXT", "v=spf1 include:spf-loop.example.net -all"),
    ("spf-voids.example.net", "MX", "10 mail.example.net."),
    ("spf-voids.example.net", "TXT", "v=spf1 a:n1.example.net a:n2.example.net a:n3.example.net ip4:5.6.0.0/16 -all"),
    ("spf-neutral-end.example.net", "MX", "10 mail.example.net."),
    ("spf-neutral-end.example.net", "TXT", "v=spf1 ip4:9.9.9.9"),
    ("spf-exists.example.net", "MX", "10 mail.example.net."),
    ("spf-exists.example.net", "TXT", "v=spf1 exists:%{i}.spf.example.net -all"),
    ("5.6.0.1.spf.example.net", "A", "127.0.0.2"),
    ("spf-ptr.example.net", "MX", "10 mail.example.net."),
    ("spf-ptr.example.net", "TXT", "v=spf1 ptr:example.net -all"),
    ("spf-upper.example.net", "MX", "10 mail.example.net."),
    ("spf-upper.example.net", "TXT", "V=SPF1 IP4:5.6.0.0/16 -ALL"),
    ("spf-mx.example.net", "MX", "10 mail.example.net."),
    ("spf-mx.example.net", "TXT", "v=spf1 mx -all"),
    ("spf-dead-a.example.net", "MX", "10 mail.example.net."),
    ("spf-dead-a.example.net", "TXT", "v=spf1 a:mail.dead.example -all"),
    ("spf-dead-a-pass.example.net", "MX", "10 mail.example.net."),
    ("spf-dead-a-pass.example.net", "TXT", "v=spf1 a:mail.dead.example ip4:5.6.0.0/16 -all"),
    ("spf-question.example.net", "MX", "10 mail.example.net."),
    ("spf-question.example.net", "TXT", "v=spf1 ?ip4:5.6.0.0/16 -all"),
    ("spf-tilde-include.example.net", "MX", "10 mail.example.net."),
    ("spf-tilde-include.example.net", "TXT", "v=spf1 ~include:good.example.net -all"),
    ("spf-plus-all-late.example.net", "MX", "10 mail.example.net."),
    ("spf-plus-all-late.example.net", "TXT", "v=spf1 ip4:9.9.9.9 +all"),
    ("spf-all-include.example.net", "MX", "10 mail.example.net."),
    ("spf-all-include.example.net", "TXT", "v=spf1 include:plusall.example.net -all"),
    ("spf-after-all.example.net", "MX", "10 mail.example.net."),
    ("spf-after-all.example.net", "TXT", "v=spf1 -all ip4:5.6.0.0/16"),
    ("spf-nothing.example.net", "MX", "10 mail.example.net."),
    ("spf-nothing.example.net", "TXT", "v=spf1"),
    // names in HELO
    ("mxonly.example.net", "MX", "10 mail.example.net."),
    ("helofail.example.net", "A", "5.6.0.1"),
    ("helofail.example.net", "TXT", "v=spf1 -all"),
    ("helosoft.example.net", "A", "5.6.0.1"),
    ("helosoft.example.net", "TXT", "v=spf1 ~all"),
    ("a_b.example.net", "A", "5.6.0.1"),
    ("onlynullmx.example.net", "MX", "0 ."),
    ("56host.example.net", "A", "5.6.0.1"),
    ("adsl7.example.net", "A", "5.6.0.1"),
    ("5-6-0-1.dynamic.example.net", "A", "5.6.0.1"),
    ("host7.example.net", "A", "5.6.0.1"),
    ("client-5-6-0-1.example.net", "A", "5.6.0.1"),
    ("dsl-5-6-0-1.pool.example.net", "A", "5.6.0.1"),
    // listed by what they are called
    ("bad.example.com", "A", "5.6.0.40"),
    ("bad.example.com.dbl.spamhaus.org", "A", "127.0.1.2"),
    // reverse names
    ("1.0.6.5.in-addr.arpa", "PTR", "mail.example.net."),
    ("mail.example.net", "A", "5.6.0.1"),
    ("3.0.6.5.in-addr.arpa", "PTR", "elsewhere.example.net."),
    ("elsewhere.example.net", "A", "5.6.9.9"),
    ("4.0.6.5.in-addr.arpa", "PTR", "missing.example.net."),
    ("6.0.6.5.in-addr.arpa", "PTR", "host.dead.example."),
    ("7.0.6.5.in-addr.arpa", "PTR", "5-6-0-7.dynamic.example.net."),
    ("5-6-0-7.dynamic.example.net", "A", "5.6.0.7"),
    ("8.0.6.5.in-addr.arpa", "PTR", "static-5-6-0-8.example.net."),
    ("static-5-6-0-8.example.net", "A", "5.6.0.8"),
    ("9.0.6.5.in-addr.arpa", "PTR", "9.customer.example.net."),
    ("9.customer.example.net", "A", "5.6.0.9"),
    ("41.0.6.5.in-addr.arpa", "PTR", "static-41.isp.example.net."),
    ("42.0.6.5.in-addr.arpa", "PTR", "mail-static-42.isp.example.net."),
    ("40.0.6.5.in-addr.arpa", "PTR", "bad.example.com."),
    // addresses in lists
    ("10.0.6.5.zen.spamhaus.org", "A", "127.0.0.2"),
    ("10.0.6.5.zen.spamhaus.org", "TXT", "https://check.spamhaus.org/sbl/query/SBL1"),
    ("11.0.6.5.zen.spamhaus.org", "A", "127.0.0.3"),
    ("12.0.6.5.zen.spamhaus.org", "A", "127.0.0.4"),
    ("13.0.6.5.zen.spamhaus.org", "A", "127.0.0.10"),
    ("14.0.6.5.zen.spamhaus.org", "A", "127.0.0.9"),
    ("15.0.6.5.zen.spamhaus.org", "A", "127.0.0.2"),
    ("15.0.6.5.zen.spamhaus.org", "A", "127.0.0.4"),
    ("15.0.6.5.zen.spamhaus.org", "A", "127.0.0.11"),
    ("16.0.6.5.zen.spamhaus.org", "A", "127.255.255.254"),
    ("17.0.6.5.bl.spamcop.net", "A", "127.0.0.2"),
    ("17.0.6.5.bl.spamcop.net", "TXT", "Blocked - see https://www.spamcop.net/bl.shtml?5.6.0.17"),
    ("18.0.6.5.bl.spamcop.net", "A", "127.0.0.2"),
    ("19.0.6.5.psbl.surriel.com", "A", "127.0.0.2"),
    ("20.0.6.5.b.barracudacentral.org", "A", "127.0.0.2"),
    ("21.0.6.5.list.dnswl.org", "A", "127.0.5.3"),
    ("22.0.6.5.list.dnswl.org", "A", "127.0.5.2"),
    ("22.0.6.5.zen.spamhaus.org", "A", "127.0.0.2"),
    ("23.0.6.5.list.dnswl.org", "A", "127.0.5.1"),
    ("24.0.6.5.rep.mailspike.net", "A", "127.0.0.10"),
    ("24.0.6.5.bl.mailspike.net", "A", "127.0.0.10"),
    ("25.0.6.5.rep.mailspike.net", "A", "127.0.0.12"),
    ("25.0.6.5.bl.mailspike.net", "A", "127.0.0.12"),
    ("26.0.6.5.rep.mailspike.net", "A", "127.0.0.20"),
    ("26.0.6.5.zen.spamhaus.org", "A", "127.0.0.4"),
    ("27.0.6.5.bl.spameatingmonkey.net", "A", "127.0.0.2"),
    ("28.0.6.5.bl.blocklist.de", "A", "127.0.0.9"),
    ("29.0.6.5.bl.score.senderscore.com", "A", "127.0.0.2"),
    ("30.0.6.5.ix.dnsbl.manitu.net", "A", "127.0.0.2"),
    ("31.0.6.5.bip.virusfree.cz", "A", "127.0.0.2"),
    ("32.0.6.5.bl.spamcop.net", "A", "127.0.0.2"),
    ("32.0.6.5.bl.spamcop.net", "TXT", "Blocked - see https://www.spamcop.net/bl.shtml?5.6.0.32"),
    ("32.0.6.5.list.dnswl.org", "A", "127.0.5.1"),
    ("33.0.6.5.b.barracudacentral.org", "A", "127.0.0.2"),
    ("33.0.6.5.list.dnswl.org", "A", "127.0.5.2"),
];

/// Addresses whose PTR record names a host of their own, `host-N.example.net` being no word of any table.
const CONFIRMED: std::ops::RangeInclusive<u8> = 10..=33;

/// A sender: where it is, what it says, and what it sends.
pub struct Sender {
    pub name: &'static str,
    pub address: Ipv4Addr,
    pub helo: &'static str,
    pub from: &'static str,
    /// The author's address, where it is not the envelope's.
    pub author: Option<&'static str>,
    /// A hop before the sender, as its server wrote it.
    pub received: Option<&'static str>,
    /// The domain and the selector it signs with, and whether the message is changed behind that.
    pub signature: Option<(&'static str, &'static str, bool)>,
}

impl Sender {
    const fn new(name: &'static str) -> Self {
        let address = Ipv4Addr::new(5, 6, 0, 1);
        Sender {
            name,
            address,
            helo: "mail.example.net",
            from: "a@good.example.net",
            author: None,
            received: None,
            signature: None,
        }
    }

    const fn at(mut self, last: u8) -> Self {
        self.address = Ipv4Addr::new(5, 6, 0, last);
        self
    }

    const fn elsewhere(mut self, third: u8) -> Self {
        self.address = Ipv4Addr::new(5, 6, third, 1);
        self
    }

    const fn helo(mut self, helo: &'static str) -> Self {
        self.helo = helo;
        self
    }

    const fn from(mut self, from: &'static str) -> Self {
        self.from = from;
        self
    }

    const fn author(mut self, author: &'static str) -> Self {
        self.author = Some(author);
        self
    }

    const fn received(mut self, received: &'static str) -> Self {
        self.received = Some(received);
        self
    }

    const fn signed(mut self, domain: &'static str, selector: &'static str) -> Self {
        self.signature = Some((domain, selector, false));
        self
    }

    const fn changed(mut self) -> Self {
        if let Some((domain, selector, _)) = self.signature {
            self.signature = Some((domain, selector, true));
        }
        self
    }

    /// Its name as one word: the left part of its message's id, and of its recipient's address.
    pub fn id(&self) -> String {
        self.name.replace(", ", "-").replace(' ', "-")
    }

    /// Each has a recipient of its own, for greylists that go by who writes to whom.
    pub fn recipient(&self) -> String {
        format!("{}@example.org", self.id())
    }

    /// The client's name as Postfix writes it: that which leads back, else `unknown`.
    pub fn host(&self) -> String {
        let [_, _, third, last] = self.address.octets();
        if third == 0 && CONFIRMED.contains(&last) {
            return format!("mx{last}.example.net");
        }
        let find = |wanted: &str, kind: &str| {
            RECORDS
                .iter()
                .find(|record| record.0 == wanted && record.1 == kind)
                .map(|record| record.2.trim_end_matches('.'))
        };
        let name = find(&format!("{last}.{third}.6.5.in-addr.arpa"), "PTR");
        let leads_back = |name: &&str| find(name, "A") == Some(self.address.to_string().as_str());
        name.filter(leads_back).unwrap_or("unknown").to_owned()
    }

    /// The message, signed if the sender signs.
    pub fn message(&self, world: &World) -> String {
        let text = self.text();
        let Some((domain, selector, changed)) = self.signature else { return text };
        let field = world.sign(&text, domain, selector);
        let text = if changed { text.replace("here are", "there were") } else { text };
        format!("{field}{text}")
    }

    /// The message as it is written. No two are alike, for greylists that go by the text.
    fn text(&self) -> String {
        let author = self.author.unwrap_or(if self.from.is_empty() { "a@good.example.net" } else { self.from });
        let received = self.received.map(|hop| format!("Received: {hop}\r\n")).unwrap_or_default();
        let name = self.name;
        format!(
            "{received}From: Anna Example <{author}>\r\nTo: {to}\r\nSubject: The minutes of {name}\r\n\
             Date: {date}\r\nMessage-ID: <the.minutes.{id}@mail.example.net>\r\n\
             \r\n\
             Dear all,\r\n\r\nhere are the minutes of our meeting about {name}.\r\n\r\nKind regards\r\n",
            date = jiff::Zoned::now().strftime("%a, %d %b %Y %H:%M:%S %z"),
            id = self.id(),
            to = self.recipient(),
        )
    }
}

const OWN_HOP: &str = "from localhost (mail.example.net [5.6.0.1]) by mail.example.net (Postfix) with ESMTPS id 4F1\r\n\
                       \t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits));\r\n\
                       \tThu, 26 Nov 2026 09:59:58 +0000";
const HOP: &str = "from desk.example.net (desk.example.net [5.6.0.51]) by mail.example.net (Postfix) with ESMTPS id 4F1\r\n\
                   \t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits));\r\n\
                   \tThu, 26 Nov 2026 09:59:58 +0000";
const LISTED_HOP: &str = "from desk.example.net (unknown [5.6.0.10]) by mail.example.net (Postfix) with ESMTPS id 4F1\r\n\
                          \t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits));\r\n\
                          \tThu, 26 Nov 2026 09:59:58 +0000";

/// The senders.
pub const SENDERS: &[Sender] = &[
    Sender::new("all in order"),
    Sender::new("one hop more").received(HOP),
    Sender::new("a hop of its own").received(OWN_HOP),
    Sender::new("a listed hop").received(LISTED_HOP),
    // reverse names
    Sender::new("no ptr").at(2),
    Sender::new("ptr elsewhere").at(3),
    Sender::new("ptr to nothing").at(4),
    Sender::new("ptr unknown").elsewhere(66),
    Sender::new("ptr name unknown").at(6),
    Sender::new("dynamic ptr").at(7),
    Sender::new("static ptr").at(8),
    Sender::new("customer ptr").at(9),
    Sender::new("static ptr unconfirmed").at(41),
    Sender::new("static mail ptr unconfirmed").at(42),
    Sender::new("listed ptr").at(40),
    // lists
    Sender::new("sbl").at(10),
    Sender::new("css").at(11),
    Sender::new("xbl").at(12),
    Sender::new("pbl").at(13),
    Sender::new("drop").at(14),
    Sender::new("sbl xbl pbl").at(15),
    Sender::new("spamcop").at(17),
    Sender::new("spamcop without text").at(18),
    Sender::new("psbl").at(19),
    Sender::new("barracuda").at(20),
    Sender::new("dnswl high").at(21),
    Sender::new("dnswl medium and sbl").at(22),
    Sender::new("dnswl low").at(23),
    Sender::new("mailspike worst").at(24),
    Sender::new("mailspike bad").at(25),
    Sender::new("mailspike excellent and xbl").at(26),
    Sender::new("sem").at(27),
    Sender::new("blocklist de").at(28),
    Sender::new("senderscore").at(29),
    Sender::new("nixspam").at(30),
    Sender::new("virusfree").at(31),
    Sender::new("spamcop and dnswl low").at(32),
    Sender::new("barracuda and dnswl medium").at(33),
    // HELO
    Sender::new("helo word").helo("mail"),
    Sender::new("helo localhost").helo("localhost"),
    Sender::new("helo literal").helo("[5.6.0.1]"),
    Sender::new("helo private literal").helo("[192.168.1.1]"),
    Sender::new("helo foreign literal").helo("[11.22.33.44]"),
    Sender::new("helo documentation literal").helo("[203.0.113.9]"),
    Sender::new("helo documentation bare").helo("192.0.2.1"),
    Sender::new("helo ipv6 literal").helo("[IPv6:2a00:1450::1]"),
    Sender::new("helo documentation ipv6 literal").helo("[IPv6:2001:db8::1]"),
    Sender::new("helo dangling mx").helo("dangling.example.net"),
    Sender::new("helo null mx").helo("onlynullmx.example.net"),
    Sender::new("helo digits first").helo("56host.example.net"),
    Sender::new("helo joined digits").helo("adsl7.example.net"),
    Sender::new("helo bare").helo("5.6.0.1"),
    Sender::new("helo underscore").helo("a_b.example.net"),
    Sender::new("helo two dots").helo("mail..example.net"),
    Sender::new("helo final dot").helo("mail.example.net."),
    Sender::new("helo unknown").helo("nothing.example.net"),
    Sender::new("helo dead").helo("mail.dead.example"),
    Sender::new("helo mx only").helo("mxonly.example.net"),
    Sender::new("helo dynamic").helo("5-6-0-1.dynamic.example.net"),
    Sender::new("helo host").helo("host7.example.net"),
    Sender::new("helo client").helo("client-5-6-0-1.example.net"),
    Sender::new("helo pool").helo("dsl-5-6-0-1.pool.example.net"),
    Sender::new("helo home").helo("desk.home"),
    Sender::new("helo listed").helo("bad.example.com"),
    Sender::new("helo spf fail").helo("helofail.example.net"),
    Sender::new("helo spf softfail, null sender").helo("helosoft.example.net").from(""),
    Sender::new("helo literal, unknown sender").helo("[5.6.0.1]").from("a@nothing.example.net"),
    // MAIL FROM
    Sender::new("null sender").from(""),
    Sender::new("short sender").from("a@localhost"),
    Sender::new("literal sender").from("a@[5.6.0.1]"),
    Sender::new("unknown sender").from("a@nothing.example.net"),
    Sender::new("dead sender").from("a@mail.dead.example"),
    Sender::new("null mx").from("a@nullmx.example.net"),
    Sender::new("dangling mx").from("a@dangling.example.net"),
    Sender::new("address only").from("a@address.example.net"),
    Sender::new("text only").from("a@txtonly.example.net"),
    Sender::new("listed sender").from("a@listed.example.net"),
    Sender::new("dead helo, null mx").helo("mail.dead.example").from("a@nullmx.example.net"),
    Sender::new("dead helo and sender").helo("mail.dead.example").from("a@mail.dead.example"),
    // SPF and DMARC
    Sender::new("nothing published").from("a@plain.example.net"),
    Sender::new("spf fail").from("a@fail.example.net"),
    Sender::new("spf fail, one hop more").from("a@fail.example.net").received(HOP),
    Sender::new("spf fail, a hop of its own").from("a@fail.example.net").received(OWN_HOP),
    Sender::new("spf softfail").from("a@softfail.example.net"),
    Sender::new("spf neutral").from("a@neutral.example.net"),
    Sender::new("spf plus all").from("a@plusall.example.net"),
    Sender::new("spf permerror").from("a@permerror.example.net"),
    Sender::new("spf temperror").from("a@temperror.example.net"),
    Sender::new("dmarc reject").from("a@reject.example.net"),
    Sender::new("dmarc reject, one hop more").from("a@reject.example.net").received(HOP),
    Sender::new("dmarc quarantine").from("a@quarantine.example.net"),
    Sender::new("dmarc none").from("a@none.example.net"),
    Sender::new("author elsewhere, reject").author("b@author.example.com"),
    Sender::new("author elsewhere, no policy").author("b@plain.example.com"),
    Sender::new("author unknown").author("b@nothing.example.com"),
    Sender::new("author of a sister").author("b@plain.example.net"),
    // odd sender policies
    Sender::new("spf two").from("a@spf-two.example.net"),
    Sender::new("spf twelve").from("a@spf-twelve.example.net"),
    Sender::new("spf sixteen").from("a@spf-sixteen.example.net"),
    Sender::new("spf thirty two").from("a@spf-thirty-two.example.net"),
    Sender::new("spf unknown word").from("a@spf-unknown-word.example.net"),
    Sender::new("spf bad address").from("a@spf-bad-address.example.net"),
    Sender::new("spf bad address fail").from("a@spf-bad-address-fail.example.net"),
    Sender::new("spf include none pass").from("a@spf-include-none-pass.example.net"),
    Sender::new("spf include plain").from("a@spf-include-plain.example.net"),
    Sender::new("spf include dead pass").from("a@spf-include-dead-pass.example.net"),
    Sender::new("spf redirect none").from("a@spf-redirect-none.example.net"),
    Sender::new("spf redirect").from("a@spf-redirect.example.net"),
    Sender::new("spf loop").from("a@spf-loop.example.net"),
    Sender::new("spf voids").from("a@spf-voids.example.net"),
    Sender::new("spf neutral end").from("a@spf-neutral-end.example.net"),
    Sender::new("spf exists").from("a@spf-exists.example.net"),
    Sender::new("spf ptr").from("a@spf-ptr.example.net"),
    Sender::new("spf upper").from("a@spf-upper.example.net"),
    Sender::new("spf mx").from("a@spf-mx.example.net"),
    Sender::new("spf dead a").from("a@spf-dead-a.example.net"),
    Sender::new("spf dead a pass").from("a@spf-dead-a-pass.example.net"),
    Sender::new("spf question").from("a@spf-question.example.net"),
    Sender::new("spf tilde include").from("a@spf-tilde-include.example.net"),
    Sender::new("spf plus all late").from("a@spf-plus-all-late.example.net"),
    Sender::new("spf all include").from("a@spf-all-include.example.net"),
    Sender::new("spf after all").from("a@spf-after-all.example.net"),
    Sender::new("spf thirty two fail").from("a@spf-thirty-two-fail.example.net"),
    Sender::new("spf nothing").from("a@spf-nothing.example.net"),
    // DKIM
    Sender::new("signed").signed("good.example.net", "k1"),
    Sender::new("signed by another").signed("other.example.com", "k1"),
    Sender::new("signed and changed").signed("good.example.net", "k1").changed(),
    Sender::new("signed without key").signed("good.example.net", "k2"),
    Sender::new("signed with a revoked key").signed("good.example.net", "k3"),
    Sender::new("signed with a dead key").signed("mail.dead.example", "k1"),
    Sender::new("signed, spf fail").from("a@reject.example.net").signed("reject.example.net", "k1"),
    Sender::new("signed, spf softfail").from("a@quarantine.example.net").signed("quarantine.example.net", "k1"),
    Sender::new("signed and changed, spf fail")
        .from("a@reject.example.net")
        .signed("reject.example.net", "k1")
        .changed(),
    Sender::new("signed, nothing else").from("a@plain.example.net").signed("plain.example.net", "k1"),
    Sender::new("signed by a listed domain").signed("bad.example.com", "k1"),
    Sender::new("signed and vouched for").at(21).signed("good.example.net", "k1"),
    Sender::new("signed and listed").at(10).signed("good.example.net", "k1"),
    Sender::new("no ptr, helo word, spf fail, xbl").at(12).helo("mail").from("a@fail.example.net"),
    Sender::new("no ptr, helo bare, dmarc reject").at(2).helo("5.6.0.2").from("a@reject.example.net"),
    // SpamAssassin asks a list that refuses no more for a while, so this one is last.
    Sender::new("refused").at(16),
];

/// A resolver for the whole machine: it listens at port 53 of a loopback address of its own.
pub struct World {
    resolver: Server,
    key: TempDir,
}

/// Domains whose selector `k1` has the world's key.
const SIGNERS: [&str; 6] = [
    "good.example.net",
    "other.example.com",
    "reject.example.net",
    "quarantine.example.net",
    "plain.example.net",
    "bad.example.com",
];

impl World {
    pub fn start() -> Self {
        let key = tempfile::tempdir().expect("a directory");
        let file = key.path().join("key.pem");
        run(Command::new("openssl").args(["genrsa", "-traditional", "-out"]).arg(&file).arg("2048"));
        let public = run(Command::new("openssl").args(["rsa", "-pubout", "-outform", "DER", "-in"]).arg(&file));
        let record = strings(&format!("v=DKIM1; k=rsa; p={}", data_encoding::BASE64.encode(&public)));
        let mut unbound = Unbound::new().at(own_address());
        for (name, kind, value) in RECORDS {
            let value = if *kind == "TXT" { strings(value) } else { (*value).to_owned() };
            unbound = unbound.option(&format!("local-data: '{name}. 300 {kind} {value}'"));
        }
        for domain in SIGNERS {
            unbound = unbound.option(&format!("local-data: 'k1._domainkey.{domain}. 300 TXT {record}'"));
        }
        unbound = unbound.option("local-data: 'k3._domainkey.good.example.net. 300 TXT \"v=DKIM1; p=\"'");
        for last in CONFIRMED {
            unbound =
                unbound.option(&format!("local-data: '{last}.0.6.5.in-addr.arpa. 300 PTR mx{last}.example.net.'"));
            unbound = unbound.option(&format!("local-data: 'mx{last}.example.net. 300 A 5.6.0.{last}'"));
        }
        // REFUSED is a failure to every client, and comes at once.
        for zone in ["dead.example", "66.6.5.in-addr.arpa"] {
            unbound = unbound.option(&format!("local-zone: \"{zone}.\" always_refuse"));
        }
        World { resolver: unbound.start(), key }
    }

    /// The field that signs a message.
    fn sign(&self, text: &str, domain: &str, selector: &str) -> String {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/receivers/sign.pl");
        let mut perl = Command::new("perl")
            .arg(script)
            .arg(self.key.path().join("key.pem"))
            .args([domain, selector])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("perl runs");
        perl.stdin.take().expect("its input").write_all(text.as_bytes()).expect("it reads");
        let output = perl.wait_with_output().expect("it ends");
        assert!(output.status.success(), "is libmail-dkim-perl installed?");
        String::from_utf8(output.stdout).expect("text")
    }

    /// Its address as `/etc/resolv.conf` and `--resolver` want it.
    pub fn address(&self) -> IpAddr {
        self.resolver.address.ip()
    }
}

fn run(command: &mut Command) -> Vec<u8> {
    let output = command.output().expect("openssl runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Port 53 of an address in 127.53.0.0/16 that nobody else has.
fn own_address() -> SocketAddr {
    for step in 0..1000 {
        let number = (std::process::id() + step) % 65_000;
        let [_, _, third, fourth] = (number + 1).to_be_bytes();
        let address = SocketAddr::from((Ipv4Addr::new(127, 53, third, fourth), 53));
        if std::net::UdpSocket::bind(address).is_ok() && std::net::TcpListener::bind(address).is_ok() {
            return address;
        }
    }
    panic!("no address for a resolver is free, or the tests are not run as root");
}
