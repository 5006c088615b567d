# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_spamcheck_global_optspecs
    string join \n r/resolver= timeout= retries= max-qps= trust-anchor= trust-ad deadline= j/concurrency= confirm= source= 4/ipv4 6/ipv6 connect-to= allow-private ca-file= system-roots smtp-timeout= helo-name= i-am-authorized f/format= json o/output= report= rows= color= q/quiet v/verbose no-progress fail-on= unclear= config= no-config h/help V/version
end

function __fish_spamcheck_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_spamcheck_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_spamcheck_using_subcommand
    set -l cmd (__fish_spamcheck_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c spamcheck -n "__fish_spamcheck_needs_command" -s r -l resolver -d 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH' -r
complete -c spamcheck -n "__fish_spamcheck_needs_command" -l timeout -d 'Time for one DNS question with all its tries [default: 5s]' -r
complete -c spamcheck -n "__fish_spamcheck_needs_command" -l retries -d 'Retransmissions of a DNS question within that time [default: 8]' -r
complete -c spamcheck -n "__fish_spamcheck_needs_command" -l max-qps -d 'Ask at most this many DNS questions a second, of all servers or of one list (repeatable)' -r
complete -c spamcheck -n "__fish_spamcheck_needs_command" -l trust-anchor -d 'Validate DNSSEC here, with the DNSKEY records in this file, whatever the resolver says of the signatures' -r -F
complete -c spamcheck -n "__fish_spamcheck_needs_command" -l deadline -d 'End the whole run after this time; what is open then is unclear' -r
complete -c spamcheck -n "__fish_spamcheck_needs_command" -s j -l concurrency -d 'Test this many targets at once' -r
complete -c spamcheck -n "__fish_spamcheck_needs_command" -l confirm -d 'Ask again so many times before a listing counts' -r
complete -c spamcheck -n "__fish_spamcheck_needs_command" -l source -d 'Ask and connect from this local address' -r
complete -c spamcheck -n "__fish_spamcheck_needs_command" -l connect-to -d 'Connect elsewhere (repeatable): to ADDR:PORT instead of HOST:PORT' -r
complete -c spamcheck -n "__fish_spamcheck_needs_command" -l ca-file -d 'Trust the certificates in this PEM file instead of Mozilla\'s roots' -r -F
complete -c spamcheck -n "__fish_spamcheck_needs_command" -l smtp-timeout -d 'Wait so long for one reply of a mail server, its greeting too [default: 60s]' -r
complete -c spamcheck -n "__fish_spamcheck_needs_command" -l helo-name -d 'Greet mail servers by this name [default: this host\'s dotted name, else its address literal]' -r
complete -c spamcheck -n "__fish_spamcheck_needs_command" -s f -l format -d 'The form of the result' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One line a check, as it finishes'
csv\t'One row a finding'
markdown\t'For a ticket, a wiki or a summary of a CI job'
html\t'One page to read, print or send on'
junit\t'Test results: one case per check'
sarif\t'Results of an analysis, as code scanning reads them (SARIF 2.1.0)'
github\t'Annotations of a GitHub Actions job'
gitlab\t'GitLab\'s Code Quality report'
prometheus\t'Metrics, as node_exporter\'s textfile collector reads them'
nagios\t'The output and exit code of a Nagios or Icinga plugin'"
complete -c spamcheck -n "__fish_spamcheck_needs_command" -s o -l output -d 'Write the result to a file instead of standard output' -r -F
complete -c spamcheck -n "__fish_spamcheck_needs_command" -l report -d 'Write the result to a file in another format too (repeatable), for example junit=report.xml' -r
complete -c spamcheck -n "__fish_spamcheck_needs_command" -l rows -d 'Which rows of a result to show: all of them, or those with something to tell' -r -f -a "all\t'All'
hits\t'Those with something to tell'"
complete -c spamcheck -n "__fish_spamcheck_needs_command" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that has not asked for none'
always\t'Always'
never\t'Never'"
complete -c spamcheck -n "__fish_spamcheck_needs_command" -l fail-on -d 'Exit 1 from this severity on' -r -f -a "error\t'Errors only'
warning\t'Warnings too'
note\t'Notes too'"
complete -c spamcheck -n "__fish_spamcheck_needs_command" -l unclear -d 'What an unclear verdict does to the exit code' -r -f -a "3\t'Exit 3'
ok\t'Exit 0'
fail\t'Exit 1'"
complete -c spamcheck -n "__fish_spamcheck_needs_command" -l config -d 'Read this configuration file' -r -F
complete -c spamcheck -n "__fish_spamcheck_needs_command" -l trust-ad -d 'Believe the resolver when it says that an answer is validated, although it is not on this machine'
complete -c spamcheck -n "__fish_spamcheck_needs_command" -s 4 -l ipv4 -d 'Use IPv4 addresses only'
complete -c spamcheck -n "__fish_spamcheck_needs_command" -s 6 -l ipv6 -d 'Use IPv6 addresses only'
complete -c spamcheck -n "__fish_spamcheck_needs_command" -l allow-private -d 'Dial loopback, private and other inside addresses too when only the DNS names them'
complete -c spamcheck -n "__fish_spamcheck_needs_command" -l system-roots -d 'Trust the system\'s certificates instead of Mozilla\'s roots'
complete -c spamcheck -n "__fish_spamcheck_needs_command" -l i-am-authorized -d 'The servers are mine to test: allow probes that other people\'s servers would take for abuse'
complete -c spamcheck -n "__fish_spamcheck_needs_command" -l json -d 'Short for --format json'
complete -c spamcheck -n "__fish_spamcheck_needs_command" -s q -l quiet -d 'Print nothing but the result'
complete -c spamcheck -n "__fish_spamcheck_needs_command" -s v -l verbose -d 'Show what is clean too'
complete -c spamcheck -n "__fish_spamcheck_needs_command" -l no-progress -d 'Show no progress'
complete -c spamcheck -n "__fish_spamcheck_needs_command" -l no-config -d 'Read no configuration file'
complete -c spamcheck -n "__fish_spamcheck_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c spamcheck -n "__fish_spamcheck_needs_command" -s V -l version -d 'Print version'
complete -c spamcheck -n "__fish_spamcheck_needs_command" -f -a "dnsbl" -d 'Ask blocklists about an address or name'
complete -c spamcheck -n "__fish_spamcheck_needs_command" -f -a "greylist" -d 'Test whether a server greylists a mailbox, and for how long; or play a retry schedule against a greylist'
complete -c spamcheck -n "__fish_spamcheck_needs_command" -f -a "helo" -d 'Test whether receivers would believe a greeting'
complete -c spamcheck -n "__fish_spamcheck_needs_command" -f -a "mx" -d 'Test where mail for a domain goes, and whether it can get there'
complete -c spamcheck -n "__fish_spamcheck_needs_command" -f -a "ptr" -d 'Test the name of an address: is there one, and does it lead back?'
complete -c spamcheck -n "__fish_spamcheck_needs_command" -f -a "spf" -d 'Test a domain\'s SPF record, or judge a client by it'
complete -c spamcheck -n "__fish_spamcheck_needs_command" -f -a "return-path" -d 'Test whether a bounce can reach the address that mail is sent from'
complete -c spamcheck -n "__fish_spamcheck_needs_command" -f -a "dkim" -d 'Test the DKIM keys of a domain, or the signatures of a message'
complete -c spamcheck -n "__fish_spamcheck_needs_command" -f -a "dmarc" -d 'Find the DMARC policy of a domain and see whether it is in force'
complete -c spamcheck -n "__fish_spamcheck_needs_command" -f -a "bimi" -d 'Test whether receivers can show a domain\'s logo (BIMI)'
complete -c spamcheck -n "__fish_spamcheck_needs_command" -f -a "mta-sts" -d 'Fetch the MTA-STS policy of a domain and compare it with its mail exchangers'
complete -c spamcheck -n "__fish_spamcheck_needs_command" -f -a "dane" -d 'Test whether TLSA records fit the certificates of the mail hosts'
complete -c spamcheck -n "__fish_spamcheck_needs_command" -f -a "tls" -d 'Test whether mail hosts can be reached over TLS, and what their certificates are worth'
complete -c spamcheck -n "__fish_spamcheck_needs_command" -f -a "tls-rpt" -d 'Test whether reports about TLS are asked for and arrive'
complete -c spamcheck -n "__fish_spamcheck_needs_command" -f -a "smtp" -d 'Test how a mail server speaks: greeting, name, what it offers, the form of its replies'
complete -c spamcheck -n "__fish_spamcheck_needs_command" -f -a "relay" -d 'Test whether a mail server of your own would relay for strangers'
complete -c spamcheck -n "__fish_spamcheck_needs_command" -f -a "audit" -d 'Test everything about a domain on one page'
complete -c spamcheck -n "__fish_spamcheck_needs_command" -f -a "diagnose" -d 'Find out why mail was refused, and what to do now'
complete -c spamcheck -n "__fish_spamcheck_needs_command" -f -a "simulate" -d 'Play a receiving server\'s policy against a sender'
complete -c spamcheck -n "__fish_spamcheck_needs_command" -f -a "lists" -d 'Show, audit or import blocklists'
complete -c spamcheck -n "__fish_spamcheck_needs_command" -f -a "explain" -d 'Explain a rule, or list all rules'
complete -c spamcheck -n "__fish_spamcheck_needs_command" -f -a "render" -d 'Show a stored result in another format'
complete -c spamcheck -n "__fish_spamcheck_needs_command" -f -a "demo" -d 'Show the tool at work in a mail world on loopback'
complete -c spamcheck -n "__fish_spamcheck_needs_command" -f -a "completions" -d 'Print a completion script for a shell'
complete -c spamcheck -n "__fish_spamcheck_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -l input -d 'Read targets from a file, or from standard input with "-": one a line, # comments, first CSV column' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -l max-hosts -d 'Expand a network to at most this many addresses' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -l resume -d 'Go on with an interrupted run: append to its ndjson output what is missing there' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -l list -d 'Ask this list of your own (repeatable); instead of the default lists unless more are chosen' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -l expression -d 'Ask a list by a look-up expression such as \'%4.%3.%2.%1.bl.example\' (repeatable)' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -l only -d 'Ask only these lists, by id or zone' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -l skip -d 'Leave these lists out, by id or zone' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -l group -d 'Ask the lists of these groups' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -l threshold -d 'Points that refuse mail [default: 100]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -s r -l resolver -d 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -l timeout -d 'Time for one DNS question with all its tries [default: 5s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -l retries -d 'Retransmissions of a DNS question within that time [default: 8]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -l max-qps -d 'Ask at most this many DNS questions a second, of all servers or of one list (repeatable)' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -l trust-anchor -d 'Validate DNSSEC here, with the DNSKEY records in this file, whatever the resolver says of the signatures' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -l deadline -d 'End the whole run after this time; what is open then is unclear' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -s j -l concurrency -d 'Test this many targets at once' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -l confirm -d 'Ask again so many times before a listing counts' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -l source -d 'Ask and connect from this local address' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -l connect-to -d 'Connect elsewhere (repeatable): to ADDR:PORT instead of HOST:PORT' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -l ca-file -d 'Trust the certificates in this PEM file instead of Mozilla\'s roots' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -l smtp-timeout -d 'Wait so long for one reply of a mail server, its greeting too [default: 60s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -l helo-name -d 'Greet mail servers by this name [default: this host\'s dotted name, else its address literal]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -s f -l format -d 'The form of the result' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One line a check, as it finishes'
csv\t'One row a finding'
markdown\t'For a ticket, a wiki or a summary of a CI job'
html\t'One page to read, print or send on'
junit\t'Test results: one case per check'
sarif\t'Results of an analysis, as code scanning reads them (SARIF 2.1.0)'
github\t'Annotations of a GitHub Actions job'
gitlab\t'GitLab\'s Code Quality report'
prometheus\t'Metrics, as node_exporter\'s textfile collector reads them'
nagios\t'The output and exit code of a Nagios or Icinga plugin'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -s o -l output -d 'Write the result to a file instead of standard output' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -l report -d 'Write the result to a file in another format too (repeatable), for example junit=report.xml' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -l rows -d 'Which rows of a result to show: all of them, or those with something to tell' -r -f -a "all\t'All'
hits\t'Those with something to tell'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that has not asked for none'
always\t'Always'
never\t'Never'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -l fail-on -d 'Exit 1 from this severity on' -r -f -a "error\t'Errors only'
warning\t'Warnings too'
note\t'Notes too'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -l unclear -d 'What an unclear verdict does to the exit code' -r -f -a "3\t'Exit 3'
ok\t'Exit 0'
fail\t'Exit 1'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -l config -d 'Read this configuration file' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -l ordered -d 'Keep the input\'s order in ndjson and csv'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -l all -d 'Ask every list of the catalogue that is in service'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -l mx -d 'Test the addresses of a name\'s mail exchangers too, labelled as receivers'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -l direct -d 'Ask each list\'s own name servers instead of the resolver, where they are found'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -l no-health -d 'Do not probe the lists\' health, and hold no result; a hit is still checked for a list that lists everything'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -l fresh-health -d 'Accepted and without effect: every run probes the lists'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -l trust-ad -d 'Believe the resolver when it says that an answer is validated, although it is not on this machine'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -s 4 -l ipv4 -d 'Use IPv4 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -s 6 -l ipv6 -d 'Use IPv6 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -l allow-private -d 'Dial loopback, private and other inside addresses too when only the DNS names them'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -l system-roots -d 'Trust the system\'s certificates instead of Mozilla\'s roots'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -l i-am-authorized -d 'The servers are mine to test: allow probes that other people\'s servers would take for abuse'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -l json -d 'Short for --format json'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -s q -l quiet -d 'Print nothing but the result'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -s v -l verbose -d 'Show what is clean too'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -l no-progress -d 'Show no progress'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -l no-config -d 'Read no configuration file'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dnsbl" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -l input -d 'Read targets from a file, or from standard input with "-": one a line, # comments, first CSV column' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -l max-hosts -d 'Expand a network to at most this many addresses' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -l resume -d 'Go on with an interrupted run: append to its ndjson output what is missing there' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -l port -d 'Connect to this port: 25, 587, or 465 where TLS begins at once [default: 25]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -l mail-from -d 'Use this reverse-path [default: the postmaster of the name behind EHLO]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -l max-wait -d 'Stop retrying this long after the first attempt [default: 10m, with --state 24h]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -l state -d 'Do not wait: do what is due, remember it in this file, and go on when run again' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -l schedule -d 'Play a sender\'s retries against a greylist instead, without any network: the waits between attempts, in minutes unless a unit is given' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -l block -d 'Time from the first contact within which every retry is deferred [default: 4m]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -l pass -d 'Time behind it within which a retry passes; a later one is a first contact again [default: 6h]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -l expire -d 'Time for which a sender that has passed stays known [default: 36d]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -s r -l resolver -d 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -l timeout -d 'Time for one DNS question with all its tries [default: 5s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -l retries -d 'Retransmissions of a DNS question within that time [default: 8]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -l max-qps -d 'Ask at most this many DNS questions a second, of all servers or of one list (repeatable)' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -l trust-anchor -d 'Validate DNSSEC here, with the DNSKEY records in this file, whatever the resolver says of the signatures' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -l deadline -d 'End the whole run after this time; what is open then is unclear' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -s j -l concurrency -d 'Test this many targets at once' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -l confirm -d 'Ask again so many times before a listing counts' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -l source -d 'Ask and connect from this local address' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -l connect-to -d 'Connect elsewhere (repeatable): to ADDR:PORT instead of HOST:PORT' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -l ca-file -d 'Trust the certificates in this PEM file instead of Mozilla\'s roots' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -l smtp-timeout -d 'Wait so long for one reply of a mail server, its greeting too [default: 60s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -l helo-name -d 'Greet mail servers by this name [default: this host\'s dotted name, else its address literal]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -s f -l format -d 'The form of the result' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One line a check, as it finishes'
csv\t'One row a finding'
markdown\t'For a ticket, a wiki or a summary of a CI job'
html\t'One page to read, print or send on'
junit\t'Test results: one case per check'
sarif\t'Results of an analysis, as code scanning reads them (SARIF 2.1.0)'
github\t'Annotations of a GitHub Actions job'
gitlab\t'GitLab\'s Code Quality report'
prometheus\t'Metrics, as node_exporter\'s textfile collector reads them'
nagios\t'The output and exit code of a Nagios or Icinga plugin'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -s o -l output -d 'Write the result to a file instead of standard output' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -l report -d 'Write the result to a file in another format too (repeatable), for example junit=report.xml' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -l rows -d 'Which rows of a result to show: all of them, or those with something to tell' -r -f -a "all\t'All'
hits\t'Those with something to tell'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that has not asked for none'
always\t'Always'
never\t'Never'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -l fail-on -d 'Exit 1 from this severity on' -r -f -a "error\t'Errors only'
warning\t'Warnings too'
note\t'Notes too'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -l unclear -d 'What an unclear verdict does to the exit code' -r -f -a "3\t'Exit 3'
ok\t'Exit 0'
fail\t'Exit 1'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -l config -d 'Read this configuration file' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -l ordered -d 'Keep the input\'s order in ndjson and csv'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -l host -d 'Take a name for the host itself and do not look for MX records'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -l data -d 'Send a whole message, to see greylisting behind DATA; once accepted it is delivered; needs --i-am-authorized'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -l trust-ad -d 'Believe the resolver when it says that an answer is validated, although it is not on this machine'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -s 4 -l ipv4 -d 'Use IPv4 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -s 6 -l ipv6 -d 'Use IPv6 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -l allow-private -d 'Dial loopback, private and other inside addresses too when only the DNS names them'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -l system-roots -d 'Trust the system\'s certificates instead of Mozilla\'s roots'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -l i-am-authorized -d 'The servers are mine to test: allow probes that other people\'s servers would take for abuse'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -l json -d 'Short for --format json'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -s q -l quiet -d 'Print nothing but the result'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -s v -l verbose -d 'Show what is clean too'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -l no-progress -d 'Show no progress'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -l no-config -d 'Read no configuration file'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand greylist" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand helo" -l input -d 'Read targets from a file, or from standard input with "-": one a line, # comments, first CSV column' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand helo" -l max-hosts -d 'Expand a network to at most this many addresses' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand helo" -l resume -d 'Go on with an interrupted run: append to its ndjson output what is missing there' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand helo" -l ip -d 'The client\'s address, which the name should lead to' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand helo" -l receiver -d 'The name or address of the server that is greeted, which no client may call itself' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand helo" -l port -d 'Connect to this port: 25, 587, or 465 where TLS begins at once [default: 25]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand helo" -s r -l resolver -d 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand helo" -l timeout -d 'Time for one DNS question with all its tries [default: 5s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand helo" -l retries -d 'Retransmissions of a DNS question within that time [default: 8]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand helo" -l max-qps -d 'Ask at most this many DNS questions a second, of all servers or of one list (repeatable)' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand helo" -l trust-anchor -d 'Validate DNSSEC here, with the DNSKEY records in this file, whatever the resolver says of the signatures' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand helo" -l deadline -d 'End the whole run after this time; what is open then is unclear' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand helo" -s j -l concurrency -d 'Test this many targets at once' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand helo" -l confirm -d 'Ask again so many times before a listing counts' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand helo" -l source -d 'Ask and connect from this local address' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand helo" -l connect-to -d 'Connect elsewhere (repeatable): to ADDR:PORT instead of HOST:PORT' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand helo" -l ca-file -d 'Trust the certificates in this PEM file instead of Mozilla\'s roots' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand helo" -l smtp-timeout -d 'Wait so long for one reply of a mail server, its greeting too [default: 60s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand helo" -l helo-name -d 'Greet mail servers by this name [default: this host\'s dotted name, else its address literal]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand helo" -s f -l format -d 'The form of the result' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One line a check, as it finishes'
csv\t'One row a finding'
markdown\t'For a ticket, a wiki or a summary of a CI job'
html\t'One page to read, print or send on'
junit\t'Test results: one case per check'
sarif\t'Results of an analysis, as code scanning reads them (SARIF 2.1.0)'
github\t'Annotations of a GitHub Actions job'
gitlab\t'GitLab\'s Code Quality report'
prometheus\t'Metrics, as node_exporter\'s textfile collector reads them'
nagios\t'The output and exit code of a Nagios or Icinga plugin'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand helo" -s o -l output -d 'Write the result to a file instead of standard output' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand helo" -l report -d 'Write the result to a file in another format too (repeatable), for example junit=report.xml' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand helo" -l rows -d 'Which rows of a result to show: all of them, or those with something to tell' -r -f -a "all\t'All'
hits\t'Those with something to tell'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand helo" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that has not asked for none'
always\t'Always'
never\t'Never'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand helo" -l fail-on -d 'Exit 1 from this severity on' -r -f -a "error\t'Errors only'
warning\t'Warnings too'
note\t'Notes too'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand helo" -l unclear -d 'What an unclear verdict does to the exit code' -r -f -a "3\t'Exit 3'
ok\t'Exit 0'
fail\t'Exit 1'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand helo" -l config -d 'Read this configuration file' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand helo" -l ordered -d 'Keep the input\'s order in ndjson and csv'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand helo" -l live -d 'Connect to the target, a domain, host or address, and judge the name by which each of its servers presents itself; as a client it usually says the same'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand helo" -l host -d 'Take a name for the host itself and do not look for MX records'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand helo" -l trust-ad -d 'Believe the resolver when it says that an answer is validated, although it is not on this machine'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand helo" -s 4 -l ipv4 -d 'Use IPv4 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand helo" -s 6 -l ipv6 -d 'Use IPv6 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand helo" -l allow-private -d 'Dial loopback, private and other inside addresses too when only the DNS names them'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand helo" -l system-roots -d 'Trust the system\'s certificates instead of Mozilla\'s roots'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand helo" -l i-am-authorized -d 'The servers are mine to test: allow probes that other people\'s servers would take for abuse'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand helo" -l json -d 'Short for --format json'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand helo" -s q -l quiet -d 'Print nothing but the result'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand helo" -s v -l verbose -d 'Show what is clean too'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand helo" -l no-progress -d 'Show no progress'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand helo" -l no-config -d 'Read no configuration file'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand helo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mx" -l input -d 'Read targets from a file, or from standard input with "-": one a line, # comments, first CSV column' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mx" -l max-hosts -d 'Expand a network to at most this many addresses' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mx" -l resume -d 'Go on with an interrupted run: append to its ndjson output what is missing there' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mx" -s r -l resolver -d 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mx" -l timeout -d 'Time for one DNS question with all its tries [default: 5s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mx" -l retries -d 'Retransmissions of a DNS question within that time [default: 8]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mx" -l max-qps -d 'Ask at most this many DNS questions a second, of all servers or of one list (repeatable)' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mx" -l trust-anchor -d 'Validate DNSSEC here, with the DNSKEY records in this file, whatever the resolver says of the signatures' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mx" -l deadline -d 'End the whole run after this time; what is open then is unclear' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mx" -s j -l concurrency -d 'Test this many targets at once' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mx" -l confirm -d 'Ask again so many times before a listing counts' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mx" -l source -d 'Ask and connect from this local address' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mx" -l connect-to -d 'Connect elsewhere (repeatable): to ADDR:PORT instead of HOST:PORT' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mx" -l ca-file -d 'Trust the certificates in this PEM file instead of Mozilla\'s roots' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mx" -l smtp-timeout -d 'Wait so long for one reply of a mail server, its greeting too [default: 60s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mx" -l helo-name -d 'Greet mail servers by this name [default: this host\'s dotted name, else its address literal]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mx" -s f -l format -d 'The form of the result' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One line a check, as it finishes'
csv\t'One row a finding'
markdown\t'For a ticket, a wiki or a summary of a CI job'
html\t'One page to read, print or send on'
junit\t'Test results: one case per check'
sarif\t'Results of an analysis, as code scanning reads them (SARIF 2.1.0)'
github\t'Annotations of a GitHub Actions job'
gitlab\t'GitLab\'s Code Quality report'
prometheus\t'Metrics, as node_exporter\'s textfile collector reads them'
nagios\t'The output and exit code of a Nagios or Icinga plugin'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mx" -s o -l output -d 'Write the result to a file instead of standard output' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mx" -l report -d 'Write the result to a file in another format too (repeatable), for example junit=report.xml' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mx" -l rows -d 'Which rows of a result to show: all of them, or those with something to tell' -r -f -a "all\t'All'
hits\t'Those with something to tell'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mx" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that has not asked for none'
always\t'Always'
never\t'Never'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mx" -l fail-on -d 'Exit 1 from this severity on' -r -f -a "error\t'Errors only'
warning\t'Warnings too'
note\t'Notes too'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mx" -l unclear -d 'What an unclear verdict does to the exit code' -r -f -a "3\t'Exit 3'
ok\t'Exit 0'
fail\t'Exit 1'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mx" -l config -d 'Read this configuration file' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mx" -l ordered -d 'Keep the input\'s order in ndjson and csv'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mx" -l every-ns -d 'Ask each of the domain\'s name servers and compare their answers'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mx" -l trust-ad -d 'Believe the resolver when it says that an answer is validated, although it is not on this machine'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mx" -s 4 -l ipv4 -d 'Use IPv4 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mx" -s 6 -l ipv6 -d 'Use IPv6 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mx" -l allow-private -d 'Dial loopback, private and other inside addresses too when only the DNS names them'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mx" -l system-roots -d 'Trust the system\'s certificates instead of Mozilla\'s roots'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mx" -l i-am-authorized -d 'The servers are mine to test: allow probes that other people\'s servers would take for abuse'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mx" -l json -d 'Short for --format json'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mx" -s q -l quiet -d 'Print nothing but the result'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mx" -s v -l verbose -d 'Show what is clean too'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mx" -l no-progress -d 'Show no progress'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mx" -l no-config -d 'Read no configuration file'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mx" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand ptr" -l input -d 'Read targets from a file, or from standard input with "-": one a line, # comments, first CSV column' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand ptr" -l max-hosts -d 'Expand a network to at most this many addresses' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand ptr" -l resume -d 'Go on with an interrupted run: append to its ndjson output what is missing there' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand ptr" -l helo -d 'Compare with the name that the mail server greets with' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand ptr" -s r -l resolver -d 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand ptr" -l timeout -d 'Time for one DNS question with all its tries [default: 5s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand ptr" -l retries -d 'Retransmissions of a DNS question within that time [default: 8]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand ptr" -l max-qps -d 'Ask at most this many DNS questions a second, of all servers or of one list (repeatable)' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand ptr" -l trust-anchor -d 'Validate DNSSEC here, with the DNSKEY records in this file, whatever the resolver says of the signatures' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand ptr" -l deadline -d 'End the whole run after this time; what is open then is unclear' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand ptr" -s j -l concurrency -d 'Test this many targets at once' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand ptr" -l confirm -d 'Ask again so many times before a listing counts' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand ptr" -l source -d 'Ask and connect from this local address' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand ptr" -l connect-to -d 'Connect elsewhere (repeatable): to ADDR:PORT instead of HOST:PORT' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand ptr" -l ca-file -d 'Trust the certificates in this PEM file instead of Mozilla\'s roots' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand ptr" -l smtp-timeout -d 'Wait so long for one reply of a mail server, its greeting too [default: 60s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand ptr" -l helo-name -d 'Greet mail servers by this name [default: this host\'s dotted name, else its address literal]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand ptr" -s f -l format -d 'The form of the result' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One line a check, as it finishes'
csv\t'One row a finding'
markdown\t'For a ticket, a wiki or a summary of a CI job'
html\t'One page to read, print or send on'
junit\t'Test results: one case per check'
sarif\t'Results of an analysis, as code scanning reads them (SARIF 2.1.0)'
github\t'Annotations of a GitHub Actions job'
gitlab\t'GitLab\'s Code Quality report'
prometheus\t'Metrics, as node_exporter\'s textfile collector reads them'
nagios\t'The output and exit code of a Nagios or Icinga plugin'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand ptr" -s o -l output -d 'Write the result to a file instead of standard output' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand ptr" -l report -d 'Write the result to a file in another format too (repeatable), for example junit=report.xml' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand ptr" -l rows -d 'Which rows of a result to show: all of them, or those with something to tell' -r -f -a "all\t'All'
hits\t'Those with something to tell'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand ptr" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that has not asked for none'
always\t'Always'
never\t'Never'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand ptr" -l fail-on -d 'Exit 1 from this severity on' -r -f -a "error\t'Errors only'
warning\t'Warnings too'
note\t'Notes too'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand ptr" -l unclear -d 'What an unclear verdict does to the exit code' -r -f -a "3\t'Exit 3'
ok\t'Exit 0'
fail\t'Exit 1'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand ptr" -l config -d 'Read this configuration file' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand ptr" -l ordered -d 'Keep the input\'s order in ndjson and csv'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand ptr" -l trust-ad -d 'Believe the resolver when it says that an answer is validated, although it is not on this machine'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand ptr" -s 4 -l ipv4 -d 'Use IPv4 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand ptr" -s 6 -l ipv6 -d 'Use IPv6 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand ptr" -l allow-private -d 'Dial loopback, private and other inside addresses too when only the DNS names them'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand ptr" -l system-roots -d 'Trust the system\'s certificates instead of Mozilla\'s roots'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand ptr" -l i-am-authorized -d 'The servers are mine to test: allow probes that other people\'s servers would take for abuse'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand ptr" -l json -d 'Short for --format json'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand ptr" -s q -l quiet -d 'Print nothing but the result'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand ptr" -s v -l verbose -d 'Show what is clean too'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand ptr" -l no-progress -d 'Show no progress'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand ptr" -l no-config -d 'Read no configuration file'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand ptr" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand spf" -l input -d 'Read targets from a file, or from standard input with "-": one a line, # comments, first CSV column' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand spf" -l max-hosts -d 'Expand a network to at most this many addresses' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand spf" -l resume -d 'Go on with an interrupted run: append to its ndjson output what is missing there' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand spf" -l ip -d 'Evaluate the record for this client instead of testing the record' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand spf" -l helo -d 'The name in the client\'s HELO; its domain is checked if there is no MAIL FROM' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand spf" -l mail-from -d 'The client\'s MAIL FROM, which may be empty; its domain is checked if no target is given' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand spf" -s r -l resolver -d 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand spf" -l timeout -d 'Time for one DNS question with all its tries [default: 5s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand spf" -l retries -d 'Retransmissions of a DNS question within that time [default: 8]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand spf" -l max-qps -d 'Ask at most this many DNS questions a second, of all servers or of one list (repeatable)' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand spf" -l trust-anchor -d 'Validate DNSSEC here, with the DNSKEY records in this file, whatever the resolver says of the signatures' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand spf" -l deadline -d 'End the whole run after this time; what is open then is unclear' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand spf" -s j -l concurrency -d 'Test this many targets at once' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand spf" -l confirm -d 'Ask again so many times before a listing counts' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand spf" -l source -d 'Ask and connect from this local address' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand spf" -l connect-to -d 'Connect elsewhere (repeatable): to ADDR:PORT instead of HOST:PORT' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand spf" -l ca-file -d 'Trust the certificates in this PEM file instead of Mozilla\'s roots' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand spf" -l smtp-timeout -d 'Wait so long for one reply of a mail server, its greeting too [default: 60s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand spf" -l helo-name -d 'Greet mail servers by this name [default: this host\'s dotted name, else its address literal]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand spf" -s f -l format -d 'The form of the result' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One line a check, as it finishes'
csv\t'One row a finding'
markdown\t'For a ticket, a wiki or a summary of a CI job'
html\t'One page to read, print or send on'
junit\t'Test results: one case per check'
sarif\t'Results of an analysis, as code scanning reads them (SARIF 2.1.0)'
github\t'Annotations of a GitHub Actions job'
gitlab\t'GitLab\'s Code Quality report'
prometheus\t'Metrics, as node_exporter\'s textfile collector reads them'
nagios\t'The output and exit code of a Nagios or Icinga plugin'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand spf" -s o -l output -d 'Write the result to a file instead of standard output' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand spf" -l report -d 'Write the result to a file in another format too (repeatable), for example junit=report.xml' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand spf" -l rows -d 'Which rows of a result to show: all of them, or those with something to tell' -r -f -a "all\t'All'
hits\t'Those with something to tell'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand spf" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that has not asked for none'
always\t'Always'
never\t'Never'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand spf" -l fail-on -d 'Exit 1 from this severity on' -r -f -a "error\t'Errors only'
warning\t'Warnings too'
note\t'Notes too'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand spf" -l unclear -d 'What an unclear verdict does to the exit code' -r -f -a "3\t'Exit 3'
ok\t'Exit 0'
fail\t'Exit 1'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand spf" -l config -d 'Read this configuration file' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand spf" -l ordered -d 'Keep the input\'s order in ndjson and csv'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand spf" -l trust-ad -d 'Believe the resolver when it says that an answer is validated, although it is not on this machine'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand spf" -s 4 -l ipv4 -d 'Use IPv4 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand spf" -s 6 -l ipv6 -d 'Use IPv6 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand spf" -l allow-private -d 'Dial loopback, private and other inside addresses too when only the DNS names them'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand spf" -l system-roots -d 'Trust the system\'s certificates instead of Mozilla\'s roots'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand spf" -l i-am-authorized -d 'The servers are mine to test: allow probes that other people\'s servers would take for abuse'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand spf" -l json -d 'Short for --format json'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand spf" -s q -l quiet -d 'Print nothing but the result'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand spf" -s v -l verbose -d 'Show what is clean too'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand spf" -l no-progress -d 'Show no progress'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand spf" -l no-config -d 'Read no configuration file'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand spf" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand return-path" -l input -d 'Read targets from a file, or from standard input with "-": one a line, # comments, first CSV column' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand return-path" -l max-hosts -d 'Expand a network to at most this many addresses' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand return-path" -l resume -d 'Go on with an interrupted run: append to its ndjson output what is missing there' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand return-path" -s r -l resolver -d 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand return-path" -l timeout -d 'Time for one DNS question with all its tries [default: 5s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand return-path" -l retries -d 'Retransmissions of a DNS question within that time [default: 8]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand return-path" -l max-qps -d 'Ask at most this many DNS questions a second, of all servers or of one list (repeatable)' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand return-path" -l trust-anchor -d 'Validate DNSSEC here, with the DNSKEY records in this file, whatever the resolver says of the signatures' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand return-path" -l deadline -d 'End the whole run after this time; what is open then is unclear' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand return-path" -s j -l concurrency -d 'Test this many targets at once' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand return-path" -l confirm -d 'Ask again so many times before a listing counts' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand return-path" -l source -d 'Ask and connect from this local address' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand return-path" -l connect-to -d 'Connect elsewhere (repeatable): to ADDR:PORT instead of HOST:PORT' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand return-path" -l ca-file -d 'Trust the certificates in this PEM file instead of Mozilla\'s roots' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand return-path" -l smtp-timeout -d 'Wait so long for one reply of a mail server, its greeting too [default: 60s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand return-path" -l helo-name -d 'Greet mail servers by this name [default: this host\'s dotted name, else its address literal]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand return-path" -s f -l format -d 'The form of the result' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One line a check, as it finishes'
csv\t'One row a finding'
markdown\t'For a ticket, a wiki or a summary of a CI job'
html\t'One page to read, print or send on'
junit\t'Test results: one case per check'
sarif\t'Results of an analysis, as code scanning reads them (SARIF 2.1.0)'
github\t'Annotations of a GitHub Actions job'
gitlab\t'GitLab\'s Code Quality report'
prometheus\t'Metrics, as node_exporter\'s textfile collector reads them'
nagios\t'The output and exit code of a Nagios or Icinga plugin'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand return-path" -s o -l output -d 'Write the result to a file instead of standard output' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand return-path" -l report -d 'Write the result to a file in another format too (repeatable), for example junit=report.xml' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand return-path" -l rows -d 'Which rows of a result to show: all of them, or those with something to tell' -r -f -a "all\t'All'
hits\t'Those with something to tell'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand return-path" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that has not asked for none'
always\t'Always'
never\t'Never'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand return-path" -l fail-on -d 'Exit 1 from this severity on' -r -f -a "error\t'Errors only'
warning\t'Warnings too'
note\t'Notes too'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand return-path" -l unclear -d 'What an unclear verdict does to the exit code' -r -f -a "3\t'Exit 3'
ok\t'Exit 0'
fail\t'Exit 1'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand return-path" -l config -d 'Read this configuration file' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand return-path" -l ordered -d 'Keep the input\'s order in ndjson and csv'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand return-path" -l probe -d 'Ask the mail host whether it takes a bounce: the null sender, to this address; needs --i-am-authorized'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand return-path" -l trust-ad -d 'Believe the resolver when it says that an answer is validated, although it is not on this machine'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand return-path" -s 4 -l ipv4 -d 'Use IPv4 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand return-path" -s 6 -l ipv6 -d 'Use IPv6 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand return-path" -l allow-private -d 'Dial loopback, private and other inside addresses too when only the DNS names them'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand return-path" -l system-roots -d 'Trust the system\'s certificates instead of Mozilla\'s roots'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand return-path" -l i-am-authorized -d 'The servers are mine to test: allow probes that other people\'s servers would take for abuse'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand return-path" -l json -d 'Short for --format json'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand return-path" -s q -l quiet -d 'Print nothing but the result'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand return-path" -s v -l verbose -d 'Show what is clean too'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand return-path" -l no-progress -d 'Show no progress'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand return-path" -l no-config -d 'Read no configuration file'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand return-path" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dkim" -l input -d 'Read targets from a file, or from standard input with "-": one a line, # comments, first CSV column' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dkim" -l max-hosts -d 'Expand a network to at most this many addresses' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dkim" -l resume -d 'Go on with an interrupted run: append to its ndjson output what is missing there' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dkim" -s s -l selector -d 'Test this selector instead of guessing (repeatable)' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dkim" -l message -d 'Verify the signatures of the message in this file, or on standard input with "-"' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dkim" -s r -l resolver -d 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dkim" -l timeout -d 'Time for one DNS question with all its tries [default: 5s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dkim" -l retries -d 'Retransmissions of a DNS question within that time [default: 8]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dkim" -l max-qps -d 'Ask at most this many DNS questions a second, of all servers or of one list (repeatable)' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dkim" -l trust-anchor -d 'Validate DNSSEC here, with the DNSKEY records in this file, whatever the resolver says of the signatures' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dkim" -l deadline -d 'End the whole run after this time; what is open then is unclear' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dkim" -s j -l concurrency -d 'Test this many targets at once' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dkim" -l confirm -d 'Ask again so many times before a listing counts' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dkim" -l source -d 'Ask and connect from this local address' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dkim" -l connect-to -d 'Connect elsewhere (repeatable): to ADDR:PORT instead of HOST:PORT' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dkim" -l ca-file -d 'Trust the certificates in this PEM file instead of Mozilla\'s roots' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dkim" -l smtp-timeout -d 'Wait so long for one reply of a mail server, its greeting too [default: 60s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dkim" -l helo-name -d 'Greet mail servers by this name [default: this host\'s dotted name, else its address literal]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dkim" -s f -l format -d 'The form of the result' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One line a check, as it finishes'
csv\t'One row a finding'
markdown\t'For a ticket, a wiki or a summary of a CI job'
html\t'One page to read, print or send on'
junit\t'Test results: one case per check'
sarif\t'Results of an analysis, as code scanning reads them (SARIF 2.1.0)'
github\t'Annotations of a GitHub Actions job'
gitlab\t'GitLab\'s Code Quality report'
prometheus\t'Metrics, as node_exporter\'s textfile collector reads them'
nagios\t'The output and exit code of a Nagios or Icinga plugin'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dkim" -s o -l output -d 'Write the result to a file instead of standard output' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dkim" -l report -d 'Write the result to a file in another format too (repeatable), for example junit=report.xml' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dkim" -l rows -d 'Which rows of a result to show: all of them, or those with something to tell' -r -f -a "all\t'All'
hits\t'Those with something to tell'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dkim" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that has not asked for none'
always\t'Always'
never\t'Never'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dkim" -l fail-on -d 'Exit 1 from this severity on' -r -f -a "error\t'Errors only'
warning\t'Warnings too'
note\t'Notes too'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dkim" -l unclear -d 'What an unclear verdict does to the exit code' -r -f -a "3\t'Exit 3'
ok\t'Exit 0'
fail\t'Exit 1'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dkim" -l config -d 'Read this configuration file' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dkim" -l ordered -d 'Keep the input\'s order in ndjson and csv'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dkim" -l trust-ad -d 'Believe the resolver when it says that an answer is validated, although it is not on this machine'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dkim" -s 4 -l ipv4 -d 'Use IPv4 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dkim" -s 6 -l ipv6 -d 'Use IPv6 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dkim" -l allow-private -d 'Dial loopback, private and other inside addresses too when only the DNS names them'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dkim" -l system-roots -d 'Trust the system\'s certificates instead of Mozilla\'s roots'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dkim" -l i-am-authorized -d 'The servers are mine to test: allow probes that other people\'s servers would take for abuse'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dkim" -l json -d 'Short for --format json'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dkim" -s q -l quiet -d 'Print nothing but the result'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dkim" -s v -l verbose -d 'Show what is clean too'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dkim" -l no-progress -d 'Show no progress'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dkim" -l no-config -d 'Read no configuration file'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dkim" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dmarc" -l input -d 'Read targets from a file, or from standard input with "-": one a line, # comments, first CSV column' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dmarc" -l max-hosts -d 'Expand a network to at most this many addresses' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dmarc" -l resume -d 'Go on with an interrupted run: append to its ndjson output what is missing there' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dmarc" -s r -l resolver -d 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dmarc" -l timeout -d 'Time for one DNS question with all its tries [default: 5s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dmarc" -l retries -d 'Retransmissions of a DNS question within that time [default: 8]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dmarc" -l max-qps -d 'Ask at most this many DNS questions a second, of all servers or of one list (repeatable)' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dmarc" -l trust-anchor -d 'Validate DNSSEC here, with the DNSKEY records in this file, whatever the resolver says of the signatures' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dmarc" -l deadline -d 'End the whole run after this time; what is open then is unclear' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dmarc" -s j -l concurrency -d 'Test this many targets at once' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dmarc" -l confirm -d 'Ask again so many times before a listing counts' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dmarc" -l source -d 'Ask and connect from this local address' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dmarc" -l connect-to -d 'Connect elsewhere (repeatable): to ADDR:PORT instead of HOST:PORT' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dmarc" -l ca-file -d 'Trust the certificates in this PEM file instead of Mozilla\'s roots' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dmarc" -l smtp-timeout -d 'Wait so long for one reply of a mail server, its greeting too [default: 60s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dmarc" -l helo-name -d 'Greet mail servers by this name [default: this host\'s dotted name, else its address literal]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dmarc" -s f -l format -d 'The form of the result' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One line a check, as it finishes'
csv\t'One row a finding'
markdown\t'For a ticket, a wiki or a summary of a CI job'
html\t'One page to read, print or send on'
junit\t'Test results: one case per check'
sarif\t'Results of an analysis, as code scanning reads them (SARIF 2.1.0)'
github\t'Annotations of a GitHub Actions job'
gitlab\t'GitLab\'s Code Quality report'
prometheus\t'Metrics, as node_exporter\'s textfile collector reads them'
nagios\t'The output and exit code of a Nagios or Icinga plugin'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dmarc" -s o -l output -d 'Write the result to a file instead of standard output' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dmarc" -l report -d 'Write the result to a file in another format too (repeatable), for example junit=report.xml' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dmarc" -l rows -d 'Which rows of a result to show: all of them, or those with something to tell' -r -f -a "all\t'All'
hits\t'Those with something to tell'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dmarc" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that has not asked for none'
always\t'Always'
never\t'Never'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dmarc" -l fail-on -d 'Exit 1 from this severity on' -r -f -a "error\t'Errors only'
warning\t'Warnings too'
note\t'Notes too'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dmarc" -l unclear -d 'What an unclear verdict does to the exit code' -r -f -a "3\t'Exit 3'
ok\t'Exit 0'
fail\t'Exit 1'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dmarc" -l config -d 'Read this configuration file' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dmarc" -l ordered -d 'Keep the input\'s order in ndjson and csv'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dmarc" -l trust-ad -d 'Believe the resolver when it says that an answer is validated, although it is not on this machine'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dmarc" -s 4 -l ipv4 -d 'Use IPv4 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dmarc" -s 6 -l ipv6 -d 'Use IPv6 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dmarc" -l allow-private -d 'Dial loopback, private and other inside addresses too when only the DNS names them'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dmarc" -l system-roots -d 'Trust the system\'s certificates instead of Mozilla\'s roots'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dmarc" -l i-am-authorized -d 'The servers are mine to test: allow probes that other people\'s servers would take for abuse'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dmarc" -l json -d 'Short for --format json'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dmarc" -s q -l quiet -d 'Print nothing but the result'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dmarc" -s v -l verbose -d 'Show what is clean too'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dmarc" -l no-progress -d 'Show no progress'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dmarc" -l no-config -d 'Read no configuration file'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dmarc" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand bimi" -l input -d 'Read targets from a file, or from standard input with "-": one a line, # comments, first CSV column' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand bimi" -l max-hosts -d 'Expand a network to at most this many addresses' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand bimi" -l resume -d 'Go on with an interrupted run: append to its ndjson output what is missing there' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand bimi" -s s -l selector -d 'Test the record at this selector instead of "default"' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand bimi" -s r -l resolver -d 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand bimi" -l timeout -d 'Time for one DNS question with all its tries [default: 5s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand bimi" -l retries -d 'Retransmissions of a DNS question within that time [default: 8]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand bimi" -l max-qps -d 'Ask at most this many DNS questions a second, of all servers or of one list (repeatable)' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand bimi" -l trust-anchor -d 'Validate DNSSEC here, with the DNSKEY records in this file, whatever the resolver says of the signatures' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand bimi" -l deadline -d 'End the whole run after this time; what is open then is unclear' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand bimi" -s j -l concurrency -d 'Test this many targets at once' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand bimi" -l confirm -d 'Ask again so many times before a listing counts' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand bimi" -l source -d 'Ask and connect from this local address' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand bimi" -l connect-to -d 'Connect elsewhere (repeatable): to ADDR:PORT instead of HOST:PORT' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand bimi" -l ca-file -d 'Trust the certificates in this PEM file instead of Mozilla\'s roots' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand bimi" -l smtp-timeout -d 'Wait so long for one reply of a mail server, its greeting too [default: 60s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand bimi" -l helo-name -d 'Greet mail servers by this name [default: this host\'s dotted name, else its address literal]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand bimi" -s f -l format -d 'The form of the result' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One line a check, as it finishes'
csv\t'One row a finding'
markdown\t'For a ticket, a wiki or a summary of a CI job'
html\t'One page to read, print or send on'
junit\t'Test results: one case per check'
sarif\t'Results of an analysis, as code scanning reads them (SARIF 2.1.0)'
github\t'Annotations of a GitHub Actions job'
gitlab\t'GitLab\'s Code Quality report'
prometheus\t'Metrics, as node_exporter\'s textfile collector reads them'
nagios\t'The output and exit code of a Nagios or Icinga plugin'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand bimi" -s o -l output -d 'Write the result to a file instead of standard output' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand bimi" -l report -d 'Write the result to a file in another format too (repeatable), for example junit=report.xml' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand bimi" -l rows -d 'Which rows of a result to show: all of them, or those with something to tell' -r -f -a "all\t'All'
hits\t'Those with something to tell'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand bimi" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that has not asked for none'
always\t'Always'
never\t'Never'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand bimi" -l fail-on -d 'Exit 1 from this severity on' -r -f -a "error\t'Errors only'
warning\t'Warnings too'
note\t'Notes too'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand bimi" -l unclear -d 'What an unclear verdict does to the exit code' -r -f -a "3\t'Exit 3'
ok\t'Exit 0'
fail\t'Exit 1'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand bimi" -l config -d 'Read this configuration file' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand bimi" -l ordered -d 'Keep the input\'s order in ndjson and csv'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand bimi" -l fetch -d 'Fetch the logo and the mark certificate from the web servers that the record names, and test them too'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand bimi" -l trust-ad -d 'Believe the resolver when it says that an answer is validated, although it is not on this machine'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand bimi" -s 4 -l ipv4 -d 'Use IPv4 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand bimi" -s 6 -l ipv6 -d 'Use IPv6 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand bimi" -l allow-private -d 'Dial loopback, private and other inside addresses too when only the DNS names them'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand bimi" -l system-roots -d 'Trust the system\'s certificates instead of Mozilla\'s roots'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand bimi" -l i-am-authorized -d 'The servers are mine to test: allow probes that other people\'s servers would take for abuse'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand bimi" -l json -d 'Short for --format json'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand bimi" -s q -l quiet -d 'Print nothing but the result'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand bimi" -s v -l verbose -d 'Show what is clean too'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand bimi" -l no-progress -d 'Show no progress'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand bimi" -l no-config -d 'Read no configuration file'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand bimi" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mta-sts" -l input -d 'Read targets from a file, or from standard input with "-": one a line, # comments, first CSV column' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mta-sts" -l max-hosts -d 'Expand a network to at most this many addresses' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mta-sts" -l resume -d 'Go on with an interrupted run: append to its ndjson output what is missing there' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mta-sts" -s r -l resolver -d 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mta-sts" -l timeout -d 'Time for one DNS question with all its tries [default: 5s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mta-sts" -l retries -d 'Retransmissions of a DNS question within that time [default: 8]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mta-sts" -l max-qps -d 'Ask at most this many DNS questions a second, of all servers or of one list (repeatable)' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mta-sts" -l trust-anchor -d 'Validate DNSSEC here, with the DNSKEY records in this file, whatever the resolver says of the signatures' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mta-sts" -l deadline -d 'End the whole run after this time; what is open then is unclear' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mta-sts" -s j -l concurrency -d 'Test this many targets at once' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mta-sts" -l confirm -d 'Ask again so many times before a listing counts' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mta-sts" -l source -d 'Ask and connect from this local address' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mta-sts" -l connect-to -d 'Connect elsewhere (repeatable): to ADDR:PORT instead of HOST:PORT' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mta-sts" -l ca-file -d 'Trust the certificates in this PEM file instead of Mozilla\'s roots' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mta-sts" -l smtp-timeout -d 'Wait so long for one reply of a mail server, its greeting too [default: 60s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mta-sts" -l helo-name -d 'Greet mail servers by this name [default: this host\'s dotted name, else its address literal]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mta-sts" -s f -l format -d 'The form of the result' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One line a check, as it finishes'
csv\t'One row a finding'
markdown\t'For a ticket, a wiki or a summary of a CI job'
html\t'One page to read, print or send on'
junit\t'Test results: one case per check'
sarif\t'Results of an analysis, as code scanning reads them (SARIF 2.1.0)'
github\t'Annotations of a GitHub Actions job'
gitlab\t'GitLab\'s Code Quality report'
prometheus\t'Metrics, as node_exporter\'s textfile collector reads them'
nagios\t'The output and exit code of a Nagios or Icinga plugin'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mta-sts" -s o -l output -d 'Write the result to a file instead of standard output' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mta-sts" -l report -d 'Write the result to a file in another format too (repeatable), for example junit=report.xml' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mta-sts" -l rows -d 'Which rows of a result to show: all of them, or those with something to tell' -r -f -a "all\t'All'
hits\t'Those with something to tell'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mta-sts" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that has not asked for none'
always\t'Always'
never\t'Never'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mta-sts" -l fail-on -d 'Exit 1 from this severity on' -r -f -a "error\t'Errors only'
warning\t'Warnings too'
note\t'Notes too'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mta-sts" -l unclear -d 'What an unclear verdict does to the exit code' -r -f -a "3\t'Exit 3'
ok\t'Exit 0'
fail\t'Exit 1'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mta-sts" -l config -d 'Read this configuration file' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mta-sts" -l ordered -d 'Keep the input\'s order in ndjson and csv'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mta-sts" -l trust-ad -d 'Believe the resolver when it says that an answer is validated, although it is not on this machine'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mta-sts" -s 4 -l ipv4 -d 'Use IPv4 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mta-sts" -s 6 -l ipv6 -d 'Use IPv6 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mta-sts" -l allow-private -d 'Dial loopback, private and other inside addresses too when only the DNS names them'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mta-sts" -l system-roots -d 'Trust the system\'s certificates instead of Mozilla\'s roots'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mta-sts" -l i-am-authorized -d 'The servers are mine to test: allow probes that other people\'s servers would take for abuse'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mta-sts" -l json -d 'Short for --format json'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mta-sts" -s q -l quiet -d 'Print nothing but the result'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mta-sts" -s v -l verbose -d 'Show what is clean too'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mta-sts" -l no-progress -d 'Show no progress'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mta-sts" -l no-config -d 'Read no configuration file'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand mta-sts" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dane" -l input -d 'Read targets from a file, or from standard input with "-": one a line, # comments, first CSV column' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dane" -l max-hosts -d 'Expand a network to at most this many addresses' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dane" -l resume -d 'Go on with an interrupted run: append to its ndjson output what is missing there' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dane" -l port -d 'Connect to this port: 25, 587, or 465 where TLS begins at once [default: 25]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dane" -l cert -d 'Compare the records with this certificate that is to come, PEM with its chain, and print its record' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dane" -s r -l resolver -d 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dane" -l timeout -d 'Time for one DNS question with all its tries [default: 5s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dane" -l retries -d 'Retransmissions of a DNS question within that time [default: 8]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dane" -l max-qps -d 'Ask at most this many DNS questions a second, of all servers or of one list (repeatable)' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dane" -l trust-anchor -d 'Validate DNSSEC here, with the DNSKEY records in this file, whatever the resolver says of the signatures' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dane" -l deadline -d 'End the whole run after this time; what is open then is unclear' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dane" -s j -l concurrency -d 'Test this many targets at once' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dane" -l confirm -d 'Ask again so many times before a listing counts' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dane" -l source -d 'Ask and connect from this local address' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dane" -l connect-to -d 'Connect elsewhere (repeatable): to ADDR:PORT instead of HOST:PORT' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dane" -l ca-file -d 'Trust the certificates in this PEM file instead of Mozilla\'s roots' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dane" -l smtp-timeout -d 'Wait so long for one reply of a mail server, its greeting too [default: 60s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dane" -l helo-name -d 'Greet mail servers by this name [default: this host\'s dotted name, else its address literal]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dane" -s f -l format -d 'The form of the result' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One line a check, as it finishes'
csv\t'One row a finding'
markdown\t'For a ticket, a wiki or a summary of a CI job'
html\t'One page to read, print or send on'
junit\t'Test results: one case per check'
sarif\t'Results of an analysis, as code scanning reads them (SARIF 2.1.0)'
github\t'Annotations of a GitHub Actions job'
gitlab\t'GitLab\'s Code Quality report'
prometheus\t'Metrics, as node_exporter\'s textfile collector reads them'
nagios\t'The output and exit code of a Nagios or Icinga plugin'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dane" -s o -l output -d 'Write the result to a file instead of standard output' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dane" -l report -d 'Write the result to a file in another format too (repeatable), for example junit=report.xml' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dane" -l rows -d 'Which rows of a result to show: all of them, or those with something to tell' -r -f -a "all\t'All'
hits\t'Those with something to tell'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dane" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that has not asked for none'
always\t'Always'
never\t'Never'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dane" -l fail-on -d 'Exit 1 from this severity on' -r -f -a "error\t'Errors only'
warning\t'Warnings too'
note\t'Notes too'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dane" -l unclear -d 'What an unclear verdict does to the exit code' -r -f -a "3\t'Exit 3'
ok\t'Exit 0'
fail\t'Exit 1'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dane" -l config -d 'Read this configuration file' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dane" -l ordered -d 'Keep the input\'s order in ndjson and csv'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dane" -l host -d 'Take a name for the host itself and do not look for MX records'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dane" -l trust-ad -d 'Believe the resolver when it says that an answer is validated, although it is not on this machine'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dane" -s 4 -l ipv4 -d 'Use IPv4 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dane" -s 6 -l ipv6 -d 'Use IPv6 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dane" -l allow-private -d 'Dial loopback, private and other inside addresses too when only the DNS names them'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dane" -l system-roots -d 'Trust the system\'s certificates instead of Mozilla\'s roots'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dane" -l i-am-authorized -d 'The servers are mine to test: allow probes that other people\'s servers would take for abuse'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dane" -l json -d 'Short for --format json'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dane" -s q -l quiet -d 'Print nothing but the result'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dane" -s v -l verbose -d 'Show what is clean too'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dane" -l no-progress -d 'Show no progress'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dane" -l no-config -d 'Read no configuration file'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand dane" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -l input -d 'Read targets from a file, or from standard input with "-": one a line, # comments, first CSV column' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -l max-hosts -d 'Expand a network to at most this many addresses' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -l resume -d 'Go on with an interrupted run: append to its ndjson output what is missing there' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -l port -d 'Connect to this port: 25, 587, or 465 where TLS begins at once [default: 25]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -l mail-from -d 'Use this reverse-path [default: the postmaster of the name behind EHLO]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -l expect-days -d 'Warn of certificates that expire within this many days [default: 21, or a third of a shorter lifetime]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -l retry-greylisted -d 'Wait this long and try once more if the server defers, as greylisting does' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -s r -l resolver -d 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -l timeout -d 'Time for one DNS question with all its tries [default: 5s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -l retries -d 'Retransmissions of a DNS question within that time [default: 8]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -l max-qps -d 'Ask at most this many DNS questions a second, of all servers or of one list (repeatable)' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -l trust-anchor -d 'Validate DNSSEC here, with the DNSKEY records in this file, whatever the resolver says of the signatures' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -l deadline -d 'End the whole run after this time; what is open then is unclear' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -s j -l concurrency -d 'Test this many targets at once' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -l confirm -d 'Ask again so many times before a listing counts' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -l source -d 'Ask and connect from this local address' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -l connect-to -d 'Connect elsewhere (repeatable): to ADDR:PORT instead of HOST:PORT' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -l ca-file -d 'Trust the certificates in this PEM file instead of Mozilla\'s roots' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -l smtp-timeout -d 'Wait so long for one reply of a mail server, its greeting too [default: 60s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -l helo-name -d 'Greet mail servers by this name [default: this host\'s dotted name, else its address literal]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -s f -l format -d 'The form of the result' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One line a check, as it finishes'
csv\t'One row a finding'
markdown\t'For a ticket, a wiki or a summary of a CI job'
html\t'One page to read, print or send on'
junit\t'Test results: one case per check'
sarif\t'Results of an analysis, as code scanning reads them (SARIF 2.1.0)'
github\t'Annotations of a GitHub Actions job'
gitlab\t'GitLab\'s Code Quality report'
prometheus\t'Metrics, as node_exporter\'s textfile collector reads them'
nagios\t'The output and exit code of a Nagios or Icinga plugin'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -s o -l output -d 'Write the result to a file instead of standard output' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -l report -d 'Write the result to a file in another format too (repeatable), for example junit=report.xml' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -l rows -d 'Which rows of a result to show: all of them, or those with something to tell' -r -f -a "all\t'All'
hits\t'Those with something to tell'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that has not asked for none'
always\t'Always'
never\t'Never'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -l fail-on -d 'Exit 1 from this severity on' -r -f -a "error\t'Errors only'
warning\t'Warnings too'
note\t'Notes too'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -l unclear -d 'What an unclear verdict does to the exit code' -r -f -a "3\t'Exit 3'
ok\t'Exit 0'
fail\t'Exit 1'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -l config -d 'Read this configuration file' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -l ordered -d 'Keep the input\'s order in ndjson and csv'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -l host -d 'Take a name for the host itself and do not look for MX records'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -l deep -d 'Find out every version, cipher suite and group that is accepted; takes many connections, one a second'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -l trust-ad -d 'Believe the resolver when it says that an answer is validated, although it is not on this machine'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -s 4 -l ipv4 -d 'Use IPv4 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -s 6 -l ipv6 -d 'Use IPv6 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -l allow-private -d 'Dial loopback, private and other inside addresses too when only the DNS names them'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -l system-roots -d 'Trust the system\'s certificates instead of Mozilla\'s roots'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -l i-am-authorized -d 'The servers are mine to test: allow probes that other people\'s servers would take for abuse'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -l json -d 'Short for --format json'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -s q -l quiet -d 'Print nothing but the result'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -s v -l verbose -d 'Show what is clean too'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -l no-progress -d 'Show no progress'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -l no-config -d 'Read no configuration file'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls-rpt" -l input -d 'Read targets from a file, or from standard input with "-": one a line, # comments, first CSV column' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls-rpt" -l max-hosts -d 'Expand a network to at most this many addresses' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls-rpt" -l resume -d 'Go on with an interrupted run: append to its ndjson output what is missing there' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls-rpt" -s r -l resolver -d 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls-rpt" -l timeout -d 'Time for one DNS question with all its tries [default: 5s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls-rpt" -l retries -d 'Retransmissions of a DNS question within that time [default: 8]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls-rpt" -l max-qps -d 'Ask at most this many DNS questions a second, of all servers or of one list (repeatable)' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls-rpt" -l trust-anchor -d 'Validate DNSSEC here, with the DNSKEY records in this file, whatever the resolver says of the signatures' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls-rpt" -l deadline -d 'End the whole run after this time; what is open then is unclear' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls-rpt" -s j -l concurrency -d 'Test this many targets at once' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls-rpt" -l confirm -d 'Ask again so many times before a listing counts' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls-rpt" -l source -d 'Ask and connect from this local address' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls-rpt" -l connect-to -d 'Connect elsewhere (repeatable): to ADDR:PORT instead of HOST:PORT' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls-rpt" -l ca-file -d 'Trust the certificates in this PEM file instead of Mozilla\'s roots' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls-rpt" -l smtp-timeout -d 'Wait so long for one reply of a mail server, its greeting too [default: 60s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls-rpt" -l helo-name -d 'Greet mail servers by this name [default: this host\'s dotted name, else its address literal]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls-rpt" -s f -l format -d 'The form of the result' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One line a check, as it finishes'
csv\t'One row a finding'
markdown\t'For a ticket, a wiki or a summary of a CI job'
html\t'One page to read, print or send on'
junit\t'Test results: one case per check'
sarif\t'Results of an analysis, as code scanning reads them (SARIF 2.1.0)'
github\t'Annotations of a GitHub Actions job'
gitlab\t'GitLab\'s Code Quality report'
prometheus\t'Metrics, as node_exporter\'s textfile collector reads them'
nagios\t'The output and exit code of a Nagios or Icinga plugin'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls-rpt" -s o -l output -d 'Write the result to a file instead of standard output' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls-rpt" -l report -d 'Write the result to a file in another format too (repeatable), for example junit=report.xml' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls-rpt" -l rows -d 'Which rows of a result to show: all of them, or those with something to tell' -r -f -a "all\t'All'
hits\t'Those with something to tell'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls-rpt" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that has not asked for none'
always\t'Always'
never\t'Never'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls-rpt" -l fail-on -d 'Exit 1 from this severity on' -r -f -a "error\t'Errors only'
warning\t'Warnings too'
note\t'Notes too'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls-rpt" -l unclear -d 'What an unclear verdict does to the exit code' -r -f -a "3\t'Exit 3'
ok\t'Exit 0'
fail\t'Exit 1'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls-rpt" -l config -d 'Read this configuration file' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls-rpt" -l ordered -d 'Keep the input\'s order in ndjson and csv'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls-rpt" -l trust-ad -d 'Believe the resolver when it says that an answer is validated, although it is not on this machine'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls-rpt" -s 4 -l ipv4 -d 'Use IPv4 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls-rpt" -s 6 -l ipv6 -d 'Use IPv6 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls-rpt" -l allow-private -d 'Dial loopback, private and other inside addresses too when only the DNS names them'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls-rpt" -l system-roots -d 'Trust the system\'s certificates instead of Mozilla\'s roots'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls-rpt" -l i-am-authorized -d 'The servers are mine to test: allow probes that other people\'s servers would take for abuse'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls-rpt" -l json -d 'Short for --format json'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls-rpt" -s q -l quiet -d 'Print nothing but the result'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls-rpt" -s v -l verbose -d 'Show what is clean too'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls-rpt" -l no-progress -d 'Show no progress'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls-rpt" -l no-config -d 'Read no configuration file'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand tls-rpt" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -l input -d 'Read targets from a file, or from standard input with "-": one a line, # comments, first CSV column' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -l max-hosts -d 'Expand a network to at most this many addresses' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -l resume -d 'Go on with an interrupted run: append to its ndjson output what is missing there' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -l port -d 'Connect to this port: 25, 587, or 465 where TLS begins at once [default: 25]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -l mail-from -d 'Use this reverse-path [default: the postmaster of the name behind EHLO]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -s r -l resolver -d 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -l timeout -d 'Time for one DNS question with all its tries [default: 5s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -l retries -d 'Retransmissions of a DNS question within that time [default: 8]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -l max-qps -d 'Ask at most this many DNS questions a second, of all servers or of one list (repeatable)' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -l trust-anchor -d 'Validate DNSSEC here, with the DNSKEY records in this file, whatever the resolver says of the signatures' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -l deadline -d 'End the whole run after this time; what is open then is unclear' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -s j -l concurrency -d 'Test this many targets at once' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -l confirm -d 'Ask again so many times before a listing counts' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -l source -d 'Ask and connect from this local address' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -l connect-to -d 'Connect elsewhere (repeatable): to ADDR:PORT instead of HOST:PORT' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -l ca-file -d 'Trust the certificates in this PEM file instead of Mozilla\'s roots' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -l smtp-timeout -d 'Wait so long for one reply of a mail server, its greeting too [default: 60s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -l helo-name -d 'Greet mail servers by this name [default: this host\'s dotted name, else its address literal]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -s f -l format -d 'The form of the result' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One line a check, as it finishes'
csv\t'One row a finding'
markdown\t'For a ticket, a wiki or a summary of a CI job'
html\t'One page to read, print or send on'
junit\t'Test results: one case per check'
sarif\t'Results of an analysis, as code scanning reads them (SARIF 2.1.0)'
github\t'Annotations of a GitHub Actions job'
gitlab\t'GitLab\'s Code Quality report'
prometheus\t'Metrics, as node_exporter\'s textfile collector reads them'
nagios\t'The output and exit code of a Nagios or Icinga plugin'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -s o -l output -d 'Write the result to a file instead of standard output' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -l report -d 'Write the result to a file in another format too (repeatable), for example junit=report.xml' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -l rows -d 'Which rows of a result to show: all of them, or those with something to tell' -r -f -a "all\t'All'
hits\t'Those with something to tell'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that has not asked for none'
always\t'Always'
never\t'Never'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -l fail-on -d 'Exit 1 from this severity on' -r -f -a "error\t'Errors only'
warning\t'Warnings too'
note\t'Notes too'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -l unclear -d 'What an unclear verdict does to the exit code' -r -f -a "3\t'Exit 3'
ok\t'Exit 0'
fail\t'Exit 1'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -l config -d 'Read this configuration file' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -l ordered -d 'Keep the input\'s order in ndjson and csv'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -l host -d 'Take a name for the host itself and do not look for MX records'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -l envelope -d 'Try an envelope to postmaster@ and abuse@, and to the mailbox if one is given, and take it back'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -l probe -d 'Probe servers of your own: null sender, address literal, catch-all, spoofed sender, VRFY, EXPN, and a command behind STARTTLS; needs --i-am-authorized'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -l error-limit -d 'Count the bad commands after which your own server hangs up, at most 64; needs --i-am-authorized'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -l trust-ad -d 'Believe the resolver when it says that an answer is validated, although it is not on this machine'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -s 4 -l ipv4 -d 'Use IPv4 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -s 6 -l ipv6 -d 'Use IPv6 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -l allow-private -d 'Dial loopback, private and other inside addresses too when only the DNS names them'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -l system-roots -d 'Trust the system\'s certificates instead of Mozilla\'s roots'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -l i-am-authorized -d 'The servers are mine to test: allow probes that other people\'s servers would take for abuse'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -l json -d 'Short for --format json'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -s q -l quiet -d 'Print nothing but the result'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -s v -l verbose -d 'Show what is clean too'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -l no-progress -d 'Show no progress'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -l no-config -d 'Read no configuration file'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand smtp" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -l input -d 'Read targets from a file, or from standard input with "-": one a line, # comments, first CSV column' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -l max-hosts -d 'Expand a network to at most this many addresses' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -l resume -d 'Go on with an interrupted run: append to its ndjson output what is missing there' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -l port -d 'Connect to this port: 25, 587, or 465 where TLS begins at once [default: 25]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -l mail-from -d 'Use this reverse-path [default: the postmaster of the name behind EHLO]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -l to -d 'The recipient elsewhere, which no tested server may receive for [default: a random one at the domain of --mail-from]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -l domain -d 'A domain that the server receives for (repeatable), whose names some of the forms are made of [default: what the target, its name, its PTR record and its greeting suggest]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -l arrived -d 'Say which form got through, by the token of a message that arrived; asks nobody' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -s r -l resolver -d 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -l timeout -d 'Time for one DNS question with all its tries [default: 5s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -l retries -d 'Retransmissions of a DNS question within that time [default: 8]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -l max-qps -d 'Ask at most this many DNS questions a second, of all servers or of one list (repeatable)' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -l trust-anchor -d 'Validate DNSSEC here, with the DNSKEY records in this file, whatever the resolver says of the signatures' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -l deadline -d 'End the whole run after this time; what is open then is unclear' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -s j -l concurrency -d 'Test this many targets at once' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -l confirm -d 'Ask again so many times before a listing counts' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -l source -d 'Ask and connect from this local address' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -l connect-to -d 'Connect elsewhere (repeatable): to ADDR:PORT instead of HOST:PORT' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -l ca-file -d 'Trust the certificates in this PEM file instead of Mozilla\'s roots' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -l smtp-timeout -d 'Wait so long for one reply of a mail server, its greeting too [default: 60s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -l helo-name -d 'Greet mail servers by this name [default: this host\'s dotted name, else its address literal]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -s f -l format -d 'The form of the result' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One line a check, as it finishes'
csv\t'One row a finding'
markdown\t'For a ticket, a wiki or a summary of a CI job'
html\t'One page to read, print or send on'
junit\t'Test results: one case per check'
sarif\t'Results of an analysis, as code scanning reads them (SARIF 2.1.0)'
github\t'Annotations of a GitHub Actions job'
gitlab\t'GitLab\'s Code Quality report'
prometheus\t'Metrics, as node_exporter\'s textfile collector reads them'
nagios\t'The output and exit code of a Nagios or Icinga plugin'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -s o -l output -d 'Write the result to a file instead of standard output' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -l report -d 'Write the result to a file in another format too (repeatable), for example junit=report.xml' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -l rows -d 'Which rows of a result to show: all of them, or those with something to tell' -r -f -a "all\t'All'
hits\t'Those with something to tell'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that has not asked for none'
always\t'Always'
never\t'Never'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -l fail-on -d 'Exit 1 from this severity on' -r -f -a "error\t'Errors only'
warning\t'Warnings too'
note\t'Notes too'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -l unclear -d 'What an unclear verdict does to the exit code' -r -f -a "3\t'Exit 3'
ok\t'Exit 0'
fail\t'Exit 1'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -l config -d 'Read this configuration file' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -l ordered -d 'Keep the input\'s order in ndjson and csv'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -l host -d 'Take a name for the host itself and do not look for MX records'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -l send -d 'Send a message in the first three forms that are accepted; --to must be a mailbox that you own'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -l trust-ad -d 'Believe the resolver when it says that an answer is validated, although it is not on this machine'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -s 4 -l ipv4 -d 'Use IPv4 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -s 6 -l ipv6 -d 'Use IPv6 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -l allow-private -d 'Dial loopback, private and other inside addresses too when only the DNS names them'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -l system-roots -d 'Trust the system\'s certificates instead of Mozilla\'s roots'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -l i-am-authorized -d 'The servers are mine to test: allow probes that other people\'s servers would take for abuse'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -l json -d 'Short for --format json'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -s q -l quiet -d 'Print nothing but the result'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -s v -l verbose -d 'Show what is clean too'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -l no-progress -d 'Show no progress'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -l no-config -d 'Read no configuration file'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand relay" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -l input -d 'Read targets from a file, or from standard input with "-": one a line, # comments, first CSV column' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -l max-hosts -d 'Expand a network to at most this many addresses' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -l resume -d 'Go on with an interrupted run: append to its ndjson output what is missing there' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -l sending-ip -d 'Test this address as one the domain sends from (repeatable)' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -l only -d 'Run only these checks' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -l skip -d 'Leave these checks out' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -s s -l selector -d 'Test the DKIM key at this selector instead of guessing (repeatable)' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -l list -d 'Ask these blocklists instead of the usual ones (repeatable)' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -l mail-from -d 'Use this reverse-path [default: the postmaster of the name behind EHLO]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -s r -l resolver -d 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -l timeout -d 'Time for one DNS question with all its tries [default: 5s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -l retries -d 'Retransmissions of a DNS question within that time [default: 8]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -l max-qps -d 'Ask at most this many DNS questions a second, of all servers or of one list (repeatable)' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -l trust-anchor -d 'Validate DNSSEC here, with the DNSKEY records in this file, whatever the resolver says of the signatures' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -l deadline -d 'End the whole run after this time; what is open then is unclear' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -s j -l concurrency -d 'Test this many targets at once' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -l confirm -d 'Ask again so many times before a listing counts' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -l source -d 'Ask and connect from this local address' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -l connect-to -d 'Connect elsewhere (repeatable): to ADDR:PORT instead of HOST:PORT' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -l ca-file -d 'Trust the certificates in this PEM file instead of Mozilla\'s roots' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -l smtp-timeout -d 'Wait so long for one reply of a mail server, its greeting too [default: 60s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -l helo-name -d 'Greet mail servers by this name [default: this host\'s dotted name, else its address literal]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -s f -l format -d 'The form of the result' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One line a check, as it finishes'
csv\t'One row a finding'
markdown\t'For a ticket, a wiki or a summary of a CI job'
html\t'One page to read, print or send on'
junit\t'Test results: one case per check'
sarif\t'Results of an analysis, as code scanning reads them (SARIF 2.1.0)'
github\t'Annotations of a GitHub Actions job'
gitlab\t'GitLab\'s Code Quality report'
prometheus\t'Metrics, as node_exporter\'s textfile collector reads them'
nagios\t'The output and exit code of a Nagios or Icinga plugin'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -s o -l output -d 'Write the result to a file instead of standard output' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -l report -d 'Write the result to a file in another format too (repeatable), for example junit=report.xml' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -l rows -d 'Which rows of a result to show: all of them, or those with something to tell' -r -f -a "all\t'All'
hits\t'Those with something to tell'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that has not asked for none'
always\t'Always'
never\t'Never'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -l fail-on -d 'Exit 1 from this severity on' -r -f -a "error\t'Errors only'
warning\t'Warnings too'
note\t'Notes too'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -l unclear -d 'What an unclear verdict does to the exit code' -r -f -a "3\t'Exit 3'
ok\t'Exit 0'
fail\t'Exit 1'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -l config -d 'Read this configuration file' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -l ordered -d 'Keep the input\'s order in ndjson and csv'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -l active -d 'Probe the mail hosts for what they would not like of strangers, too: relaying, greylisting, unknown recipients; needs --i-am-authorized'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -l parked -d 'The domain sends and receives nothing: test only whether it says so'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -l trust-ad -d 'Believe the resolver when it says that an answer is validated, although it is not on this machine'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -s 4 -l ipv4 -d 'Use IPv4 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -s 6 -l ipv6 -d 'Use IPv6 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -l allow-private -d 'Dial loopback, private and other inside addresses too when only the DNS names them'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -l system-roots -d 'Trust the system\'s certificates instead of Mozilla\'s roots'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -l i-am-authorized -d 'The servers are mine to test: allow probes that other people\'s servers would take for abuse'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -l json -d 'Short for --format json'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -s q -l quiet -d 'Print nothing but the result'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -s v -l verbose -d 'Show what is clean too'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -l no-progress -d 'Show no progress'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -l no-config -d 'Read no configuration file'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand audit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand diagnose" -l input -d 'Read targets from a file, or from standard input with "-": one a line, # comments, first CSV column' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand diagnose" -l max-hosts -d 'Expand a network to at most this many addresses' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand diagnose" -l resume -d 'Go on with an interrupted run: append to its ndjson output what is missing there' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand diagnose" -l top -d 'Groups of a log that are shown and diagnosed' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand diagnose" -l since -d 'Only events of a log since this time: a date, a date and time, or a span such as 2d' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand diagnose" -l format-hint -d 'What the file is, where its content would tell otherwise' -r -f -a "message\t'A bounce, a report or a received message'
log\t'A mail server\'s log'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand diagnose" -l message -d 'The message that was refused, for evidence that has no copy of it' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand diagnose" -s r -l resolver -d 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand diagnose" -l timeout -d 'Time for one DNS question with all its tries [default: 5s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand diagnose" -l retries -d 'Retransmissions of a DNS question within that time [default: 8]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand diagnose" -l max-qps -d 'Ask at most this many DNS questions a second, of all servers or of one list (repeatable)' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand diagnose" -l trust-anchor -d 'Validate DNSSEC here, with the DNSKEY records in this file, whatever the resolver says of the signatures' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand diagnose" -l deadline -d 'End the whole run after this time; what is open then is unclear' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand diagnose" -s j -l concurrency -d 'Test this many targets at once' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand diagnose" -l confirm -d 'Ask again so many times before a listing counts' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand diagnose" -l source -d 'Ask and connect from this local address' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand diagnose" -l connect-to -d 'Connect elsewhere (repeatable): to ADDR:PORT instead of HOST:PORT' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand diagnose" -l ca-file -d 'Trust the certificates in this PEM file instead of Mozilla\'s roots' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand diagnose" -l smtp-timeout -d 'Wait so long for one reply of a mail server, its greeting too [default: 60s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand diagnose" -l helo-name -d 'Greet mail servers by this name [default: this host\'s dotted name, else its address literal]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand diagnose" -s f -l format -d 'The form of the result' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One line a check, as it finishes'
csv\t'One row a finding'
markdown\t'For a ticket, a wiki or a summary of a CI job'
html\t'One page to read, print or send on'
junit\t'Test results: one case per check'
sarif\t'Results of an analysis, as code scanning reads them (SARIF 2.1.0)'
github\t'Annotations of a GitHub Actions job'
gitlab\t'GitLab\'s Code Quality report'
prometheus\t'Metrics, as node_exporter\'s textfile collector reads them'
nagios\t'The output and exit code of a Nagios or Icinga plugin'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand diagnose" -s o -l output -d 'Write the result to a file instead of standard output' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand diagnose" -l report -d 'Write the result to a file in another format too (repeatable), for example junit=report.xml' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand diagnose" -l rows -d 'Which rows of a result to show: all of them, or those with something to tell' -r -f -a "all\t'All'
hits\t'Those with something to tell'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand diagnose" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that has not asked for none'
always\t'Always'
never\t'Never'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand diagnose" -l fail-on -d 'Exit 1 from this severity on' -r -f -a "error\t'Errors only'
warning\t'Warnings too'
note\t'Notes too'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand diagnose" -l unclear -d 'What an unclear verdict does to the exit code' -r -f -a "3\t'Exit 3'
ok\t'Exit 0'
fail\t'Exit 1'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand diagnose" -l config -d 'Read this configuration file' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand diagnose" -l ordered -d 'Keep the input\'s order in ndjson and csv'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand diagnose" -l offline -d 'Only read the evidence: test nothing, ask nobody'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand diagnose" -l trust-ad -d 'Believe the resolver when it says that an answer is validated, although it is not on this machine'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand diagnose" -s 4 -l ipv4 -d 'Use IPv4 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand diagnose" -s 6 -l ipv6 -d 'Use IPv6 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand diagnose" -l allow-private -d 'Dial loopback, private and other inside addresses too when only the DNS names them'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand diagnose" -l system-roots -d 'Trust the system\'s certificates instead of Mozilla\'s roots'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand diagnose" -l i-am-authorized -d 'The servers are mine to test: allow probes that other people\'s servers would take for abuse'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand diagnose" -l json -d 'Short for --format json'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand diagnose" -s q -l quiet -d 'Print nothing but the result'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand diagnose" -s v -l verbose -d 'Show what is clean too'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand diagnose" -l no-progress -d 'Show no progress'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand diagnose" -l no-config -d 'Read no configuration file'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand diagnose" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -l input -d 'Read targets from a file, or from standard input with "-": one a line, # comments, first CSV column' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -l max-hosts -d 'Expand a network to at most this many addresses' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -l resume -d 'Go on with an interrupted run: append to its ndjson output what is missing there' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -l profile -d 'Play this server: a name, or a file (repeatable)' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -l show -d 'Print a profile, to be copied and changed' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -l ip -d 'The client\'s address, in place of a target' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -l helo -d 'The name behind HELO; without it the name of the address' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -l from -d 'The reverse-path; without it postmaster at the name of the address' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -l to -d 'The recipient' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -l tls -d 'Whether the dialogue is inside TLS: yes or no; without it as the profile assumes' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -l message -d 'The message, for what receivers test in it' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -l attempts -d 'When the message is offered, from the first time on, as 0,100s,301s' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -l set -d 'Set one of a server\'s own switches (repeatable)' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -s r -l resolver -d 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -l timeout -d 'Time for one DNS question with all its tries [default: 5s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -l retries -d 'Retransmissions of a DNS question within that time [default: 8]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -l max-qps -d 'Ask at most this many DNS questions a second, of all servers or of one list (repeatable)' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -l trust-anchor -d 'Validate DNSSEC here, with the DNSKEY records in this file, whatever the resolver says of the signatures' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -l deadline -d 'End the whole run after this time; what is open then is unclear' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -s j -l concurrency -d 'Test this many targets at once' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -l confirm -d 'Ask again so many times before a listing counts' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -l source -d 'Ask and connect from this local address' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -l connect-to -d 'Connect elsewhere (repeatable): to ADDR:PORT instead of HOST:PORT' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -l ca-file -d 'Trust the certificates in this PEM file instead of Mozilla\'s roots' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -l smtp-timeout -d 'Wait so long for one reply of a mail server, its greeting too [default: 60s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -l helo-name -d 'Greet mail servers by this name [default: this host\'s dotted name, else its address literal]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -s f -l format -d 'The form of the result' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One line a check, as it finishes'
csv\t'One row a finding'
markdown\t'For a ticket, a wiki or a summary of a CI job'
html\t'One page to read, print or send on'
junit\t'Test results: one case per check'
sarif\t'Results of an analysis, as code scanning reads them (SARIF 2.1.0)'
github\t'Annotations of a GitHub Actions job'
gitlab\t'GitLab\'s Code Quality report'
prometheus\t'Metrics, as node_exporter\'s textfile collector reads them'
nagios\t'The output and exit code of a Nagios or Icinga plugin'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -s o -l output -d 'Write the result to a file instead of standard output' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -l report -d 'Write the result to a file in another format too (repeatable), for example junit=report.xml' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -l rows -d 'Which rows of a result to show: all of them, or those with something to tell' -r -f -a "all\t'All'
hits\t'Those with something to tell'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that has not asked for none'
always\t'Always'
never\t'Never'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -l fail-on -d 'Exit 1 from this severity on' -r -f -a "error\t'Errors only'
warning\t'Warnings too'
note\t'Notes too'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -l unclear -d 'What an unclear verdict does to the exit code' -r -f -a "3\t'Exit 3'
ok\t'Exit 0'
fail\t'Exit 1'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -l config -d 'Read this configuration file' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -l ordered -d 'Keep the input\'s order in ndjson and csv'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -l list -d 'List the servers that are known, with versions and sources'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -l all -d 'Play all servers that are known'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -l trust-ad -d 'Believe the resolver when it says that an answer is validated, although it is not on this machine'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -s 4 -l ipv4 -d 'Use IPv4 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -s 6 -l ipv6 -d 'Use IPv6 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -l allow-private -d 'Dial loopback, private and other inside addresses too when only the DNS names them'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -l system-roots -d 'Trust the system\'s certificates instead of Mozilla\'s roots'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -l i-am-authorized -d 'The servers are mine to test: allow probes that other people\'s servers would take for abuse'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -l json -d 'Short for --format json'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -s q -l quiet -d 'Print nothing but the result'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -s v -l verbose -d 'Show what is clean too'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -l no-progress -d 'Show no progress'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -l no-config -d 'Read no configuration file'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand simulate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and not __fish_seen_subcommand_from show audit import help" -l group -d 'Only lists of these groups' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and not __fish_seen_subcommand_from show audit import help" -l kind -d 'Only lists that serve this kind of query' -r -f -a "ipv4\t'An IPv4 address'
ipv6\t'An IPv6 address'
domain\t'A domain name'
hash\t'A hash of something else, which no subcommand asks about'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and not __fish_seen_subcommand_from show audit import help" -l status -d 'Only lists of this status' -r -f -a "active\t'In service for everyone'
registration\t'In service for resolvers that are registered'
paid\t'In service for customers'
closed\t'Closed by its operator'
dead\t'Gone'
unknown\t'Nobody has vouched for it recently'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and not __fish_seen_subcommand_from show audit import help" -s r -l resolver -d 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and not __fish_seen_subcommand_from show audit import help" -l timeout -d 'Time for one DNS question with all its tries [default: 5s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and not __fish_seen_subcommand_from show audit import help" -l retries -d 'Retransmissions of a DNS question within that time [default: 8]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and not __fish_seen_subcommand_from show audit import help" -l max-qps -d 'Ask at most this many DNS questions a second, of all servers or of one list (repeatable)' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and not __fish_seen_subcommand_from show audit import help" -l trust-anchor -d 'Validate DNSSEC here, with the DNSKEY records in this file, whatever the resolver says of the signatures' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and not __fish_seen_subcommand_from show audit import help" -l deadline -d 'End the whole run after this time; what is open then is unclear' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and not __fish_seen_subcommand_from show audit import help" -s j -l concurrency -d 'Test this many targets at once' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and not __fish_seen_subcommand_from show audit import help" -l confirm -d 'Ask again so many times before a listing counts' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and not __fish_seen_subcommand_from show audit import help" -l source -d 'Ask and connect from this local address' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and not __fish_seen_subcommand_from show audit import help" -l connect-to -d 'Connect elsewhere (repeatable): to ADDR:PORT instead of HOST:PORT' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and not __fish_seen_subcommand_from show audit import help" -l ca-file -d 'Trust the certificates in this PEM file instead of Mozilla\'s roots' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and not __fish_seen_subcommand_from show audit import help" -l smtp-timeout -d 'Wait so long for one reply of a mail server, its greeting too [default: 60s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and not __fish_seen_subcommand_from show audit import help" -l helo-name -d 'Greet mail servers by this name [default: this host\'s dotted name, else its address literal]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and not __fish_seen_subcommand_from show audit import help" -s f -l format -d 'The form of the result' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One line a check, as it finishes'
csv\t'One row a finding'
markdown\t'For a ticket, a wiki or a summary of a CI job'
html\t'One page to read, print or send on'
junit\t'Test results: one case per check'
sarif\t'Results of an analysis, as code scanning reads them (SARIF 2.1.0)'
github\t'Annotations of a GitHub Actions job'
gitlab\t'GitLab\'s Code Quality report'
prometheus\t'Metrics, as node_exporter\'s textfile collector reads them'
nagios\t'The output and exit code of a Nagios or Icinga plugin'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and not __fish_seen_subcommand_from show audit import help" -s o -l output -d 'Write the result to a file instead of standard output' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and not __fish_seen_subcommand_from show audit import help" -l report -d 'Write the result to a file in another format too (repeatable), for example junit=report.xml' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and not __fish_seen_subcommand_from show audit import help" -l rows -d 'Which rows of a result to show: all of them, or those with something to tell' -r -f -a "all\t'All'
hits\t'Those with something to tell'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and not __fish_seen_subcommand_from show audit import help" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that has not asked for none'
always\t'Always'
never\t'Never'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and not __fish_seen_subcommand_from show audit import help" -l fail-on -d 'Exit 1 from this severity on' -r -f -a "error\t'Errors only'
warning\t'Warnings too'
note\t'Notes too'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and not __fish_seen_subcommand_from show audit import help" -l unclear -d 'What an unclear verdict does to the exit code' -r -f -a "3\t'Exit 3'
ok\t'Exit 0'
fail\t'Exit 1'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and not __fish_seen_subcommand_from show audit import help" -l config -d 'Read this configuration file' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and not __fish_seen_subcommand_from show audit import help" -l trust-ad -d 'Believe the resolver when it says that an answer is validated, although it is not on this machine'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and not __fish_seen_subcommand_from show audit import help" -s 4 -l ipv4 -d 'Use IPv4 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and not __fish_seen_subcommand_from show audit import help" -s 6 -l ipv6 -d 'Use IPv6 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and not __fish_seen_subcommand_from show audit import help" -l allow-private -d 'Dial loopback, private and other inside addresses too when only the DNS names them'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and not __fish_seen_subcommand_from show audit import help" -l system-roots -d 'Trust the system\'s certificates instead of Mozilla\'s roots'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and not __fish_seen_subcommand_from show audit import help" -l i-am-authorized -d 'The servers are mine to test: allow probes that other people\'s servers would take for abuse'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and not __fish_seen_subcommand_from show audit import help" -l json -d 'Short for --format json'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and not __fish_seen_subcommand_from show audit import help" -s q -l quiet -d 'Print nothing but the result'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and not __fish_seen_subcommand_from show audit import help" -s v -l verbose -d 'Show what is clean too'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and not __fish_seen_subcommand_from show audit import help" -l no-progress -d 'Show no progress'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and not __fish_seen_subcommand_from show audit import help" -l no-config -d 'Read no configuration file'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and not __fish_seen_subcommand_from show audit import help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and not __fish_seen_subcommand_from show audit import help" -f -a "show" -d 'Show everything known of one list'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and not __fish_seen_subcommand_from show audit import help" -f -a "audit" -d 'Test the lists themselves: test entries, wildcard, servers, answers'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and not __fish_seen_subcommand_from show audit import help" -f -a "import" -d 'Turn lists of Mailtraq, postscreen or a plain file into a configuration of this program'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and not __fish_seen_subcommand_from show audit import help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from show" -s r -l resolver -d 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from show" -l timeout -d 'Time for one DNS question with all its tries [default: 5s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from show" -l retries -d 'Retransmissions of a DNS question within that time [default: 8]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from show" -l max-qps -d 'Ask at most this many DNS questions a second, of all servers or of one list (repeatable)' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from show" -l trust-anchor -d 'Validate DNSSEC here, with the DNSKEY records in this file, whatever the resolver says of the signatures' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from show" -l deadline -d 'End the whole run after this time; what is open then is unclear' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from show" -s j -l concurrency -d 'Test this many targets at once' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from show" -l confirm -d 'Ask again so many times before a listing counts' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from show" -l source -d 'Ask and connect from this local address' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from show" -l connect-to -d 'Connect elsewhere (repeatable): to ADDR:PORT instead of HOST:PORT' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from show" -l ca-file -d 'Trust the certificates in this PEM file instead of Mozilla\'s roots' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from show" -l smtp-timeout -d 'Wait so long for one reply of a mail server, its greeting too [default: 60s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from show" -l helo-name -d 'Greet mail servers by this name [default: this host\'s dotted name, else its address literal]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from show" -s f -l format -d 'The form of the result' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One line a check, as it finishes'
csv\t'One row a finding'
markdown\t'For a ticket, a wiki or a summary of a CI job'
html\t'One page to read, print or send on'
junit\t'Test results: one case per check'
sarif\t'Results of an analysis, as code scanning reads them (SARIF 2.1.0)'
github\t'Annotations of a GitHub Actions job'
gitlab\t'GitLab\'s Code Quality report'
prometheus\t'Metrics, as node_exporter\'s textfile collector reads them'
nagios\t'The output and exit code of a Nagios or Icinga plugin'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from show" -s o -l output -d 'Write the result to a file instead of standard output' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from show" -l report -d 'Write the result to a file in another format too (repeatable), for example junit=report.xml' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from show" -l rows -d 'Which rows of a result to show: all of them, or those with something to tell' -r -f -a "all\t'All'
hits\t'Those with something to tell'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that has not asked for none'
always\t'Always'
never\t'Never'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from show" -l fail-on -d 'Exit 1 from this severity on' -r -f -a "error\t'Errors only'
warning\t'Warnings too'
note\t'Notes too'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from show" -l unclear -d 'What an unclear verdict does to the exit code' -r -f -a "3\t'Exit 3'
ok\t'Exit 0'
fail\t'Exit 1'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from show" -l config -d 'Read this configuration file' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from show" -l trust-ad -d 'Believe the resolver when it says that an answer is validated, although it is not on this machine'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from show" -s 4 -l ipv4 -d 'Use IPv4 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from show" -s 6 -l ipv6 -d 'Use IPv6 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from show" -l allow-private -d 'Dial loopback, private and other inside addresses too when only the DNS names them'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from show" -l system-roots -d 'Trust the system\'s certificates instead of Mozilla\'s roots'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from show" -l i-am-authorized -d 'The servers are mine to test: allow probes that other people\'s servers would take for abuse'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from show" -l json -d 'Short for --format json'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print nothing but the result'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Show what is clean too'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from show" -l no-progress -d 'Show no progress'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from show" -l no-config -d 'Read no configuration file'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from audit" -l group -d 'Audit the lists of these groups instead of the default ones' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from audit" -s r -l resolver -d 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from audit" -l timeout -d 'Time for one DNS question with all its tries [default: 5s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from audit" -l retries -d 'Retransmissions of a DNS question within that time [default: 8]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from audit" -l max-qps -d 'Ask at most this many DNS questions a second, of all servers or of one list (repeatable)' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from audit" -l trust-anchor -d 'Validate DNSSEC here, with the DNSKEY records in this file, whatever the resolver says of the signatures' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from audit" -l deadline -d 'End the whole run after this time; what is open then is unclear' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from audit" -s j -l concurrency -d 'Test this many targets at once' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from audit" -l confirm -d 'Ask again so many times before a listing counts' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from audit" -l source -d 'Ask and connect from this local address' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from audit" -l connect-to -d 'Connect elsewhere (repeatable): to ADDR:PORT instead of HOST:PORT' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from audit" -l ca-file -d 'Trust the certificates in this PEM file instead of Mozilla\'s roots' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from audit" -l smtp-timeout -d 'Wait so long for one reply of a mail server, its greeting too [default: 60s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from audit" -l helo-name -d 'Greet mail servers by this name [default: this host\'s dotted name, else its address literal]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from audit" -s f -l format -d 'The form of the result' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One line a check, as it finishes'
csv\t'One row a finding'
markdown\t'For a ticket, a wiki or a summary of a CI job'
html\t'One page to read, print or send on'
junit\t'Test results: one case per check'
sarif\t'Results of an analysis, as code scanning reads them (SARIF 2.1.0)'
github\t'Annotations of a GitHub Actions job'
gitlab\t'GitLab\'s Code Quality report'
prometheus\t'Metrics, as node_exporter\'s textfile collector reads them'
nagios\t'The output and exit code of a Nagios or Icinga plugin'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from audit" -s o -l output -d 'Write the result to a file instead of standard output' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from audit" -l report -d 'Write the result to a file in another format too (repeatable), for example junit=report.xml' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from audit" -l rows -d 'Which rows of a result to show: all of them, or those with something to tell' -r -f -a "all\t'All'
hits\t'Those with something to tell'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from audit" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that has not asked for none'
always\t'Always'
never\t'Never'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from audit" -l fail-on -d 'Exit 1 from this severity on' -r -f -a "error\t'Errors only'
warning\t'Warnings too'
note\t'Notes too'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from audit" -l unclear -d 'What an unclear verdict does to the exit code' -r -f -a "3\t'Exit 3'
ok\t'Exit 0'
fail\t'Exit 1'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from audit" -l config -d 'Read this configuration file' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from audit" -l trust-ad -d 'Believe the resolver when it says that an answer is validated, although it is not on this machine'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from audit" -s 4 -l ipv4 -d 'Use IPv4 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from audit" -s 6 -l ipv6 -d 'Use IPv6 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from audit" -l allow-private -d 'Dial loopback, private and other inside addresses too when only the DNS names them'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from audit" -l system-roots -d 'Trust the system\'s certificates instead of Mozilla\'s roots'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from audit" -l i-am-authorized -d 'The servers are mine to test: allow probes that other people\'s servers would take for abuse'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from audit" -l json -d 'Short for --format json'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from audit" -s q -l quiet -d 'Print nothing but the result'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from audit" -s v -l verbose -d 'Show what is clean too'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from audit" -l no-progress -d 'Show no progress'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from audit" -l no-config -d 'Read no configuration file'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from audit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from import" -s r -l resolver -d 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from import" -l timeout -d 'Time for one DNS question with all its tries [default: 5s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from import" -l retries -d 'Retransmissions of a DNS question within that time [default: 8]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from import" -l max-qps -d 'Ask at most this many DNS questions a second, of all servers or of one list (repeatable)' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from import" -l trust-anchor -d 'Validate DNSSEC here, with the DNSKEY records in this file, whatever the resolver says of the signatures' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from import" -l deadline -d 'End the whole run after this time; what is open then is unclear' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from import" -s j -l concurrency -d 'Test this many targets at once' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from import" -l confirm -d 'Ask again so many times before a listing counts' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from import" -l source -d 'Ask and connect from this local address' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from import" -l connect-to -d 'Connect elsewhere (repeatable): to ADDR:PORT instead of HOST:PORT' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from import" -l ca-file -d 'Trust the certificates in this PEM file instead of Mozilla\'s roots' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from import" -l smtp-timeout -d 'Wait so long for one reply of a mail server, its greeting too [default: 60s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from import" -l helo-name -d 'Greet mail servers by this name [default: this host\'s dotted name, else its address literal]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from import" -s f -l format -d 'The form of the result' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One line a check, as it finishes'
csv\t'One row a finding'
markdown\t'For a ticket, a wiki or a summary of a CI job'
html\t'One page to read, print or send on'
junit\t'Test results: one case per check'
sarif\t'Results of an analysis, as code scanning reads them (SARIF 2.1.0)'
github\t'Annotations of a GitHub Actions job'
gitlab\t'GitLab\'s Code Quality report'
prometheus\t'Metrics, as node_exporter\'s textfile collector reads them'
nagios\t'The output and exit code of a Nagios or Icinga plugin'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from import" -s o -l output -d 'Write the result to a file instead of standard output' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from import" -l report -d 'Write the result to a file in another format too (repeatable), for example junit=report.xml' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from import" -l rows -d 'Which rows of a result to show: all of them, or those with something to tell' -r -f -a "all\t'All'
hits\t'Those with something to tell'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from import" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that has not asked for none'
always\t'Always'
never\t'Never'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from import" -l fail-on -d 'Exit 1 from this severity on' -r -f -a "error\t'Errors only'
warning\t'Warnings too'
note\t'Notes too'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from import" -l unclear -d 'What an unclear verdict does to the exit code' -r -f -a "3\t'Exit 3'
ok\t'Exit 0'
fail\t'Exit 1'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from import" -l config -d 'Read this configuration file' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from import" -l trust-ad -d 'Believe the resolver when it says that an answer is validated, although it is not on this machine'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from import" -s 4 -l ipv4 -d 'Use IPv4 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from import" -s 6 -l ipv6 -d 'Use IPv6 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from import" -l allow-private -d 'Dial loopback, private and other inside addresses too when only the DNS names them'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from import" -l system-roots -d 'Trust the system\'s certificates instead of Mozilla\'s roots'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from import" -l i-am-authorized -d 'The servers are mine to test: allow probes that other people\'s servers would take for abuse'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from import" -l json -d 'Short for --format json'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from import" -s q -l quiet -d 'Print nothing but the result'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from import" -s v -l verbose -d 'Show what is clean too'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from import" -l no-progress -d 'Show no progress'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from import" -l no-config -d 'Read no configuration file'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show everything known of one list'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from help" -f -a "audit" -d 'Test the lists themselves: test entries, wildcard, servers, answers'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from help" -f -a "import" -d 'Turn lists of Mailtraq, postscreen or a plain file into a configuration of this program'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand lists; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand explain" -s r -l resolver -d 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand explain" -l timeout -d 'Time for one DNS question with all its tries [default: 5s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand explain" -l retries -d 'Retransmissions of a DNS question within that time [default: 8]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand explain" -l max-qps -d 'Ask at most this many DNS questions a second, of all servers or of one list (repeatable)' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand explain" -l trust-anchor -d 'Validate DNSSEC here, with the DNSKEY records in this file, whatever the resolver says of the signatures' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand explain" -l deadline -d 'End the whole run after this time; what is open then is unclear' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand explain" -s j -l concurrency -d 'Test this many targets at once' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand explain" -l confirm -d 'Ask again so many times before a listing counts' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand explain" -l source -d 'Ask and connect from this local address' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand explain" -l connect-to -d 'Connect elsewhere (repeatable): to ADDR:PORT instead of HOST:PORT' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand explain" -l ca-file -d 'Trust the certificates in this PEM file instead of Mozilla\'s roots' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand explain" -l smtp-timeout -d 'Wait so long for one reply of a mail server, its greeting too [default: 60s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand explain" -l helo-name -d 'Greet mail servers by this name [default: this host\'s dotted name, else its address literal]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand explain" -s f -l format -d 'The form of the result' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One line a check, as it finishes'
csv\t'One row a finding'
markdown\t'For a ticket, a wiki or a summary of a CI job'
html\t'One page to read, print or send on'
junit\t'Test results: one case per check'
sarif\t'Results of an analysis, as code scanning reads them (SARIF 2.1.0)'
github\t'Annotations of a GitHub Actions job'
gitlab\t'GitLab\'s Code Quality report'
prometheus\t'Metrics, as node_exporter\'s textfile collector reads them'
nagios\t'The output and exit code of a Nagios or Icinga plugin'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand explain" -s o -l output -d 'Write the result to a file instead of standard output' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand explain" -l report -d 'Write the result to a file in another format too (repeatable), for example junit=report.xml' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand explain" -l rows -d 'Which rows of a result to show: all of them, or those with something to tell' -r -f -a "all\t'All'
hits\t'Those with something to tell'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand explain" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that has not asked for none'
always\t'Always'
never\t'Never'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand explain" -l fail-on -d 'Exit 1 from this severity on' -r -f -a "error\t'Errors only'
warning\t'Warnings too'
note\t'Notes too'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand explain" -l unclear -d 'What an unclear verdict does to the exit code' -r -f -a "3\t'Exit 3'
ok\t'Exit 0'
fail\t'Exit 1'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand explain" -l config -d 'Read this configuration file' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand explain" -l trust-ad -d 'Believe the resolver when it says that an answer is validated, although it is not on this machine'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand explain" -s 4 -l ipv4 -d 'Use IPv4 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand explain" -s 6 -l ipv6 -d 'Use IPv6 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand explain" -l allow-private -d 'Dial loopback, private and other inside addresses too when only the DNS names them'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand explain" -l system-roots -d 'Trust the system\'s certificates instead of Mozilla\'s roots'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand explain" -l i-am-authorized -d 'The servers are mine to test: allow probes that other people\'s servers would take for abuse'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand explain" -l json -d 'Short for --format json'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand explain" -s q -l quiet -d 'Print nothing but the result'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand explain" -s v -l verbose -d 'Show what is clean too'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand explain" -l no-progress -d 'Show no progress'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand explain" -l no-config -d 'Read no configuration file'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand render" -s r -l resolver -d 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand render" -l timeout -d 'Time for one DNS question with all its tries [default: 5s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand render" -l retries -d 'Retransmissions of a DNS question within that time [default: 8]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand render" -l max-qps -d 'Ask at most this many DNS questions a second, of all servers or of one list (repeatable)' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand render" -l trust-anchor -d 'Validate DNSSEC here, with the DNSKEY records in this file, whatever the resolver says of the signatures' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand render" -l deadline -d 'End the whole run after this time; what is open then is unclear' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand render" -s j -l concurrency -d 'Test this many targets at once' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand render" -l confirm -d 'Ask again so many times before a listing counts' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand render" -l source -d 'Ask and connect from this local address' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand render" -l connect-to -d 'Connect elsewhere (repeatable): to ADDR:PORT instead of HOST:PORT' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand render" -l ca-file -d 'Trust the certificates in this PEM file instead of Mozilla\'s roots' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand render" -l smtp-timeout -d 'Wait so long for one reply of a mail server, its greeting too [default: 60s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand render" -l helo-name -d 'Greet mail servers by this name [default: this host\'s dotted name, else its address literal]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand render" -s f -l format -d 'The form of the result' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One line a check, as it finishes'
csv\t'One row a finding'
markdown\t'For a ticket, a wiki or a summary of a CI job'
html\t'One page to read, print or send on'
junit\t'Test results: one case per check'
sarif\t'Results of an analysis, as code scanning reads them (SARIF 2.1.0)'
github\t'Annotations of a GitHub Actions job'
gitlab\t'GitLab\'s Code Quality report'
prometheus\t'Metrics, as node_exporter\'s textfile collector reads them'
nagios\t'The output and exit code of a Nagios or Icinga plugin'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand render" -s o -l output -d 'Write the result to a file instead of standard output' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand render" -l report -d 'Write the result to a file in another format too (repeatable), for example junit=report.xml' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand render" -l rows -d 'Which rows of a result to show: all of them, or those with something to tell' -r -f -a "all\t'All'
hits\t'Those with something to tell'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand render" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that has not asked for none'
always\t'Always'
never\t'Never'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand render" -l fail-on -d 'Exit 1 from this severity on' -r -f -a "error\t'Errors only'
warning\t'Warnings too'
note\t'Notes too'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand render" -l unclear -d 'What an unclear verdict does to the exit code' -r -f -a "3\t'Exit 3'
ok\t'Exit 0'
fail\t'Exit 1'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand render" -l config -d 'Read this configuration file' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand render" -l trust-ad -d 'Believe the resolver when it says that an answer is validated, although it is not on this machine'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand render" -s 4 -l ipv4 -d 'Use IPv4 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand render" -s 6 -l ipv6 -d 'Use IPv6 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand render" -l allow-private -d 'Dial loopback, private and other inside addresses too when only the DNS names them'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand render" -l system-roots -d 'Trust the system\'s certificates instead of Mozilla\'s roots'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand render" -l i-am-authorized -d 'The servers are mine to test: allow probes that other people\'s servers would take for abuse'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand render" -l json -d 'Short for --format json'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand render" -s q -l quiet -d 'Print nothing but the result'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand render" -s v -l verbose -d 'Show what is clean too'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand render" -l no-progress -d 'Show no progress'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand render" -l no-config -d 'Read no configuration file'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand render" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand demo" -l world -d 'Serve the world described in this TOML file instead, for trials of your own' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand demo" -s r -l resolver -d 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand demo" -l timeout -d 'Time for one DNS question with all its tries [default: 5s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand demo" -l retries -d 'Retransmissions of a DNS question within that time [default: 8]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand demo" -l max-qps -d 'Ask at most this many DNS questions a second, of all servers or of one list (repeatable)' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand demo" -l trust-anchor -d 'Validate DNSSEC here, with the DNSKEY records in this file, whatever the resolver says of the signatures' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand demo" -l deadline -d 'End the whole run after this time; what is open then is unclear' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand demo" -s j -l concurrency -d 'Test this many targets at once' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand demo" -l confirm -d 'Ask again so many times before a listing counts' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand demo" -l source -d 'Ask and connect from this local address' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand demo" -l connect-to -d 'Connect elsewhere (repeatable): to ADDR:PORT instead of HOST:PORT' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand demo" -l ca-file -d 'Trust the certificates in this PEM file instead of Mozilla\'s roots' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand demo" -l smtp-timeout -d 'Wait so long for one reply of a mail server, its greeting too [default: 60s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand demo" -l helo-name -d 'Greet mail servers by this name [default: this host\'s dotted name, else its address literal]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand demo" -s f -l format -d 'The form of the result' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One line a check, as it finishes'
csv\t'One row a finding'
markdown\t'For a ticket, a wiki or a summary of a CI job'
html\t'One page to read, print or send on'
junit\t'Test results: one case per check'
sarif\t'Results of an analysis, as code scanning reads them (SARIF 2.1.0)'
github\t'Annotations of a GitHub Actions job'
gitlab\t'GitLab\'s Code Quality report'
prometheus\t'Metrics, as node_exporter\'s textfile collector reads them'
nagios\t'The output and exit code of a Nagios or Icinga plugin'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand demo" -s o -l output -d 'Write the result to a file instead of standard output' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand demo" -l report -d 'Write the result to a file in another format too (repeatable), for example junit=report.xml' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand demo" -l rows -d 'Which rows of a result to show: all of them, or those with something to tell' -r -f -a "all\t'All'
hits\t'Those with something to tell'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand demo" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that has not asked for none'
always\t'Always'
never\t'Never'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand demo" -l fail-on -d 'Exit 1 from this severity on' -r -f -a "error\t'Errors only'
warning\t'Warnings too'
note\t'Notes too'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand demo" -l unclear -d 'What an unclear verdict does to the exit code' -r -f -a "3\t'Exit 3'
ok\t'Exit 0'
fail\t'Exit 1'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand demo" -l config -d 'Read this configuration file' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand demo" -l serve -d 'Keep the world up and print the flags to try any subcommand against it'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand demo" -l trust-ad -d 'Believe the resolver when it says that an answer is validated, although it is not on this machine'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand demo" -s 4 -l ipv4 -d 'Use IPv4 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand demo" -s 6 -l ipv6 -d 'Use IPv6 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand demo" -l allow-private -d 'Dial loopback, private and other inside addresses too when only the DNS names them'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand demo" -l system-roots -d 'Trust the system\'s certificates instead of Mozilla\'s roots'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand demo" -l i-am-authorized -d 'The servers are mine to test: allow probes that other people\'s servers would take for abuse'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand demo" -l json -d 'Short for --format json'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand demo" -s q -l quiet -d 'Print nothing but the result'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand demo" -s v -l verbose -d 'Show what is clean too'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand demo" -l no-progress -d 'Show no progress'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand demo" -l no-config -d 'Read no configuration file'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand demo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand completions" -s r -l resolver -d 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand completions" -l timeout -d 'Time for one DNS question with all its tries [default: 5s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand completions" -l retries -d 'Retransmissions of a DNS question within that time [default: 8]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand completions" -l max-qps -d 'Ask at most this many DNS questions a second, of all servers or of one list (repeatable)' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand completions" -l trust-anchor -d 'Validate DNSSEC here, with the DNSKEY records in this file, whatever the resolver says of the signatures' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand completions" -l deadline -d 'End the whole run after this time; what is open then is unclear' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand completions" -s j -l concurrency -d 'Test this many targets at once' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand completions" -l confirm -d 'Ask again so many times before a listing counts' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand completions" -l source -d 'Ask and connect from this local address' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand completions" -l connect-to -d 'Connect elsewhere (repeatable): to ADDR:PORT instead of HOST:PORT' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand completions" -l ca-file -d 'Trust the certificates in this PEM file instead of Mozilla\'s roots' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand completions" -l smtp-timeout -d 'Wait so long for one reply of a mail server, its greeting too [default: 60s]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand completions" -l helo-name -d 'Greet mail servers by this name [default: this host\'s dotted name, else its address literal]' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand completions" -s f -l format -d 'The form of the result' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One line a check, as it finishes'
csv\t'One row a finding'
markdown\t'For a ticket, a wiki or a summary of a CI job'
html\t'One page to read, print or send on'
junit\t'Test results: one case per check'
sarif\t'Results of an analysis, as code scanning reads them (SARIF 2.1.0)'
github\t'Annotations of a GitHub Actions job'
gitlab\t'GitLab\'s Code Quality report'
prometheus\t'Metrics, as node_exporter\'s textfile collector reads them'
nagios\t'The output and exit code of a Nagios or Icinga plugin'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand completions" -s o -l output -d 'Write the result to a file instead of standard output' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand completions" -l report -d 'Write the result to a file in another format too (repeatable), for example junit=report.xml' -r
complete -c spamcheck -n "__fish_spamcheck_using_subcommand completions" -l rows -d 'Which rows of a result to show: all of them, or those with something to tell' -r -f -a "all\t'All'
hits\t'Those with something to tell'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand completions" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that has not asked for none'
always\t'Always'
never\t'Never'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand completions" -l fail-on -d 'Exit 1 from this severity on' -r -f -a "error\t'Errors only'
warning\t'Warnings too'
note\t'Notes too'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand completions" -l unclear -d 'What an unclear verdict does to the exit code' -r -f -a "3\t'Exit 3'
ok\t'Exit 0'
fail\t'Exit 1'"
complete -c spamcheck -n "__fish_spamcheck_using_subcommand completions" -l config -d 'Read this configuration file' -r -F
complete -c spamcheck -n "__fish_spamcheck_using_subcommand completions" -l trust-ad -d 'Believe the resolver when it says that an answer is validated, although it is not on this machine'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand completions" -s 4 -l ipv4 -d 'Use IPv4 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand completions" -s 6 -l ipv6 -d 'Use IPv6 addresses only'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand completions" -l allow-private -d 'Dial loopback, private and other inside addresses too when only the DNS names them'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand completions" -l system-roots -d 'Trust the system\'s certificates instead of Mozilla\'s roots'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand completions" -l i-am-authorized -d 'The servers are mine to test: allow probes that other people\'s servers would take for abuse'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand completions" -l json -d 'Short for --format json'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand completions" -s q -l quiet -d 'Print nothing but the result'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand completions" -s v -l verbose -d 'Show what is clean too'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand completions" -l no-progress -d 'Show no progress'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand completions" -l no-config -d 'Read no configuration file'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand help; and not __fish_seen_subcommand_from dnsbl greylist helo mx ptr spf return-path dkim dmarc bimi mta-sts dane tls tls-rpt smtp relay audit diagnose simulate lists explain render demo completions help" -f -a "dnsbl" -d 'Ask blocklists about an address or name'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand help; and not __fish_seen_subcommand_from dnsbl greylist helo mx ptr spf return-path dkim dmarc bimi mta-sts dane tls tls-rpt smtp relay audit diagnose simulate lists explain render demo completions help" -f -a "greylist" -d 'Test whether a server greylists a mailbox, and for how long; or play a retry schedule against a greylist'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand help; and not __fish_seen_subcommand_from dnsbl greylist helo mx ptr spf return-path dkim dmarc bimi mta-sts dane tls tls-rpt smtp relay audit diagnose simulate lists explain render demo completions help" -f -a "helo" -d 'Test whether receivers would believe a greeting'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand help; and not __fish_seen_subcommand_from dnsbl greylist helo mx ptr spf return-path dkim dmarc bimi mta-sts dane tls tls-rpt smtp relay audit diagnose simulate lists explain render demo completions help" -f -a "mx" -d 'Test where mail for a domain goes, and whether it can get there'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand help; and not __fish_seen_subcommand_from dnsbl greylist helo mx ptr spf return-path dkim dmarc bimi mta-sts dane tls tls-rpt smtp relay audit diagnose simulate lists explain render demo completions help" -f -a "ptr" -d 'Test the name of an address: is there one, and does it lead back?'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand help; and not __fish_seen_subcommand_from dnsbl greylist helo mx ptr spf return-path dkim dmarc bimi mta-sts dane tls tls-rpt smtp relay audit diagnose simulate lists explain render demo completions help" -f -a "spf" -d 'Test a domain\'s SPF record, or judge a client by it'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand help; and not __fish_seen_subcommand_from dnsbl greylist helo mx ptr spf return-path dkim dmarc bimi mta-sts dane tls tls-rpt smtp relay audit diagnose simulate lists explain render demo completions help" -f -a "return-path" -d 'Test whether a bounce can reach the address that mail is sent from'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand help; and not __fish_seen_subcommand_from dnsbl greylist helo mx ptr spf return-path dkim dmarc bimi mta-sts dane tls tls-rpt smtp relay audit diagnose simulate lists explain render demo completions help" -f -a "dkim" -d 'Test the DKIM keys of a domain, or the signatures of a message'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand help; and not __fish_seen_subcommand_from dnsbl greylist helo mx ptr spf return-path dkim dmarc bimi mta-sts dane tls tls-rpt smtp relay audit diagnose simulate lists explain render demo completions help" -f -a "dmarc" -d 'Find the DMARC policy of a domain and see whether it is in force'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand help; and not __fish_seen_subcommand_from dnsbl greylist helo mx ptr spf return-path dkim dmarc bimi mta-sts dane tls tls-rpt smtp relay audit diagnose simulate lists explain render demo completions help" -f -a "bimi" -d 'Test whether receivers can show a domain\'s logo (BIMI)'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand help; and not __fish_seen_subcommand_from dnsbl greylist helo mx ptr spf return-path dkim dmarc bimi mta-sts dane tls tls-rpt smtp relay audit diagnose simulate lists explain render demo completions help" -f -a "mta-sts" -d 'Fetch the MTA-STS policy of a domain and compare it with its mail exchangers'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand help; and not __fish_seen_subcommand_from dnsbl greylist helo mx ptr spf return-path dkim dmarc bimi mta-sts dane tls tls-rpt smtp relay audit diagnose simulate lists explain render demo completions help" -f -a "dane" -d 'Test whether TLSA records fit the certificates of the mail hosts'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand help; and not __fish_seen_subcommand_from dnsbl greylist helo mx ptr spf return-path dkim dmarc bimi mta-sts dane tls tls-rpt smtp relay audit diagnose simulate lists explain render demo completions help" -f -a "tls" -d 'Test whether mail hosts can be reached over TLS, and what their certificates are worth'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand help; and not __fish_seen_subcommand_from dnsbl greylist helo mx ptr spf return-path dkim dmarc bimi mta-sts dane tls tls-rpt smtp relay audit diagnose simulate lists explain render demo completions help" -f -a "tls-rpt" -d 'Test whether reports about TLS are asked for and arrive'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand help; and not __fish_seen_subcommand_from dnsbl greylist helo mx ptr spf return-path dkim dmarc bimi mta-sts dane tls tls-rpt smtp relay audit diagnose simulate lists explain render demo completions help" -f -a "smtp" -d 'Test how a mail server speaks: greeting, name, what it offers, the form of its replies'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand help; and not __fish_seen_subcommand_from dnsbl greylist helo mx ptr spf return-path dkim dmarc bimi mta-sts dane tls tls-rpt smtp relay audit diagnose simulate lists explain render demo completions help" -f -a "relay" -d 'Test whether a mail server of your own would relay for strangers'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand help; and not __fish_seen_subcommand_from dnsbl greylist helo mx ptr spf return-path dkim dmarc bimi mta-sts dane tls tls-rpt smtp relay audit diagnose simulate lists explain render demo completions help" -f -a "audit" -d 'Test everything about a domain on one page'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand help; and not __fish_seen_subcommand_from dnsbl greylist helo mx ptr spf return-path dkim dmarc bimi mta-sts dane tls tls-rpt smtp relay audit diagnose simulate lists explain render demo completions help" -f -a "diagnose" -d 'Find out why mail was refused, and what to do now'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand help; and not __fish_seen_subcommand_from dnsbl greylist helo mx ptr spf return-path dkim dmarc bimi mta-sts dane tls tls-rpt smtp relay audit diagnose simulate lists explain render demo completions help" -f -a "simulate" -d 'Play a receiving server\'s policy against a sender'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand help; and not __fish_seen_subcommand_from dnsbl greylist helo mx ptr spf return-path dkim dmarc bimi mta-sts dane tls tls-rpt smtp relay audit diagnose simulate lists explain render demo completions help" -f -a "lists" -d 'Show, audit or import blocklists'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand help; and not __fish_seen_subcommand_from dnsbl greylist helo mx ptr spf return-path dkim dmarc bimi mta-sts dane tls tls-rpt smtp relay audit diagnose simulate lists explain render demo completions help" -f -a "explain" -d 'Explain a rule, or list all rules'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand help; and not __fish_seen_subcommand_from dnsbl greylist helo mx ptr spf return-path dkim dmarc bimi mta-sts dane tls tls-rpt smtp relay audit diagnose simulate lists explain render demo completions help" -f -a "render" -d 'Show a stored result in another format'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand help; and not __fish_seen_subcommand_from dnsbl greylist helo mx ptr spf return-path dkim dmarc bimi mta-sts dane tls tls-rpt smtp relay audit diagnose simulate lists explain render demo completions help" -f -a "demo" -d 'Show the tool at work in a mail world on loopback'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand help; and not __fish_seen_subcommand_from dnsbl greylist helo mx ptr spf return-path dkim dmarc bimi mta-sts dane tls tls-rpt smtp relay audit diagnose simulate lists explain render demo completions help" -f -a "completions" -d 'Print a completion script for a shell'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand help; and not __fish_seen_subcommand_from dnsbl greylist helo mx ptr spf return-path dkim dmarc bimi mta-sts dane tls tls-rpt smtp relay audit diagnose simulate lists explain render demo completions help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand help; and __fish_seen_subcommand_from lists" -f -a "show" -d 'Show everything known of one list'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand help; and __fish_seen_subcommand_from lists" -f -a "audit" -d 'Test the lists themselves: test entries, wildcard, servers, answers'
complete -c spamcheck -n "__fish_spamcheck_using_subcommand help; and __fish_seen_subcommand_from lists" -f -a "import" -d 'Turn lists of Mailtraq, postscreen or a plain file into a configuration of this program'
