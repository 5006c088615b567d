
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'spamcheck' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'spamcheck'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'spamcheck' {
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH')
            [CompletionResult]::new('--resolver', '--resolver', [CompletionResultType]::ParameterName, 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for one DNS question with all its tries [default: 5s]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Retransmissions of a DNS question within that time [default: 8]')
            [CompletionResult]::new('--max-qps', '--max-qps', [CompletionResultType]::ParameterName, 'Ask at most this many DNS questions a second, of all servers or of one list (repeatable)')
            [CompletionResult]::new('--trust-anchor', '--trust-anchor', [CompletionResultType]::ParameterName, 'Validate DNSSEC here, with the DNSKEY records in this file')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'End the whole run after this time; what is open then is unclear')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'Test this many targets at once')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'Test this many targets at once')
            [CompletionResult]::new('--confirm', '--confirm', [CompletionResultType]::ParameterName, 'Ask again so many times before a listing counts')
            [CompletionResult]::new('--source', '--source', [CompletionResultType]::ParameterName, 'Ask and connect from this local address')
            [CompletionResult]::new('--connect-to', '--connect-to', [CompletionResultType]::ParameterName, 'Connect elsewhere (repeatable): to ADDR:PORT instead of HOST:PORT')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates in this PEM file instead of Mozilla''s roots')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'The form of the result')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The form of the result')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the result to a file instead of standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the result to a file instead of standard output')
            [CompletionResult]::new('--rows', '--rows', [CompletionResultType]::ParameterName, 'Which rows of a result to show: all of them, or those with something to tell')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--fail-on', '--fail-on', [CompletionResultType]::ParameterName, 'Exit 1 from this severity on')
            [CompletionResult]::new('--unclear', '--unclear', [CompletionResultType]::ParameterName, 'What an unclear verdict does to the exit code')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file')
            [CompletionResult]::new('-4', '-4', [CompletionResultType]::ParameterName, 'Use IPv4 addresses only')
            [CompletionResult]::new('--ipv4', '--ipv4', [CompletionResultType]::ParameterName, 'Use IPv4 addresses only')
            [CompletionResult]::new('-6', '-6', [CompletionResultType]::ParameterName, 'Use IPv6 addresses only')
            [CompletionResult]::new('--ipv6', '--ipv6', [CompletionResultType]::ParameterName, 'Use IPv6 addresses only')
            [CompletionResult]::new('--system-roots', '--system-roots', [CompletionResultType]::ParameterName, 'Trust the system''s certificates instead of Mozilla''s roots')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but the result')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but the result')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show what is clean too')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show what is clean too')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Read no configuration file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('dnsbl', 'dnsbl', [CompletionResultType]::ParameterValue, 'Ask blocklists about an address or name')
            [CompletionResult]::new('dmarc', 'dmarc', [CompletionResultType]::ParameterValue, 'Find the DMARC policy of a domain and see whether it is in force')
            [CompletionResult]::new('lists', 'lists', [CompletionResultType]::ParameterValue, 'Show, audit or import blocklists')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Explain a rule, or list all rules')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Show the tool at work in a mail world on loopback')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script for a shell')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'spamcheck;dnsbl' {
            [CompletionResult]::new('--input', '--input', [CompletionResultType]::ParameterName, 'Read targets from a file, or from standard input with "-": one a line, # comments, first CSV column')
            [CompletionResult]::new('--max-hosts', '--max-hosts', [CompletionResultType]::ParameterName, 'Expand a network to at most this many addresses')
            [CompletionResult]::new('--resume', '--resume', [CompletionResultType]::ParameterName, 'Go on with an interrupted run: append to its ndjson output what is missing there')
            [CompletionResult]::new('--list', '--list', [CompletionResultType]::ParameterName, 'Ask this list of your own (repeatable); instead of the default lists unless more are chosen')
            [CompletionResult]::new('--expression', '--expression', [CompletionResultType]::ParameterName, 'Ask a list by a look-up expression such as ''%4.%3.%2.%1.bl.example'' (repeatable)')
            [CompletionResult]::new('--only', '--only', [CompletionResultType]::ParameterName, 'Ask only these lists, by id or zone')
            [CompletionResult]::new('--skip', '--skip', [CompletionResultType]::ParameterName, 'Leave these lists out, by id or zone')
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'Ask the lists of these groups')
            [CompletionResult]::new('--threshold', '--threshold', [CompletionResultType]::ParameterName, 'Points that refuse mail [default: 100]')
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH')
            [CompletionResult]::new('--resolver', '--resolver', [CompletionResultType]::ParameterName, 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for one DNS question with all its tries [default: 5s]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Retransmissions of a DNS question within that time [default: 8]')
            [CompletionResult]::new('--max-qps', '--max-qps', [CompletionResultType]::ParameterName, 'Ask at most this many DNS questions a second, of all servers or of one list (repeatable)')
            [CompletionResult]::new('--trust-anchor', '--trust-anchor', [CompletionResultType]::ParameterName, 'Validate DNSSEC here, with the DNSKEY records in this file')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'End the whole run after this time; what is open then is unclear')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'Test this many targets at once')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'Test this many targets at once')
            [CompletionResult]::new('--confirm', '--confirm', [CompletionResultType]::ParameterName, 'Ask again so many times before a listing counts')
            [CompletionResult]::new('--source', '--source', [CompletionResultType]::ParameterName, 'Ask and connect from this local address')
            [CompletionResult]::new('--connect-to', '--connect-to', [CompletionResultType]::ParameterName, 'Connect elsewhere (repeatable): to ADDR:PORT instead of HOST:PORT')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates in this PEM file instead of Mozilla''s roots')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'The form of the result')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The form of the result')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the result to a file instead of standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the result to a file instead of standard output')
            [CompletionResult]::new('--rows', '--rows', [CompletionResultType]::ParameterName, 'Which rows of a result to show: all of them, or those with something to tell')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--fail-on', '--fail-on', [CompletionResultType]::ParameterName, 'Exit 1 from this severity on')
            [CompletionResult]::new('--unclear', '--unclear', [CompletionResultType]::ParameterName, 'What an unclear verdict does to the exit code')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file')
            [CompletionResult]::new('--ordered', '--ordered', [CompletionResultType]::ParameterName, 'Keep the input''s order in ndjson and csv')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Ask every list of the catalogue that is in service')
            [CompletionResult]::new('--mx', '--mx', [CompletionResultType]::ParameterName, 'Test the addresses of a name''s mail exchangers too, labelled as receivers')
            [CompletionResult]::new('--direct', '--direct', [CompletionResultType]::ParameterName, 'Ask each list''s own name servers instead of the resolver')
            [CompletionResult]::new('--no-health', '--no-health', [CompletionResultType]::ParameterName, 'Do not probe the lists'' health; a hit is still checked for a list that lists everything')
            [CompletionResult]::new('--fresh-health', '--fresh-health', [CompletionResultType]::ParameterName, 'Probe every list''s test entry again, whatever answered within the last day')
            [CompletionResult]::new('-4', '-4', [CompletionResultType]::ParameterName, 'Use IPv4 addresses only')
            [CompletionResult]::new('--ipv4', '--ipv4', [CompletionResultType]::ParameterName, 'Use IPv4 addresses only')
            [CompletionResult]::new('-6', '-6', [CompletionResultType]::ParameterName, 'Use IPv6 addresses only')
            [CompletionResult]::new('--ipv6', '--ipv6', [CompletionResultType]::ParameterName, 'Use IPv6 addresses only')
            [CompletionResult]::new('--system-roots', '--system-roots', [CompletionResultType]::ParameterName, 'Trust the system''s certificates instead of Mozilla''s roots')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but the result')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but the result')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show what is clean too')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show what is clean too')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Read no configuration file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'spamcheck;dmarc' {
            [CompletionResult]::new('--input', '--input', [CompletionResultType]::ParameterName, 'Read targets from a file, or from standard input with "-": one a line, # comments, first CSV column')
            [CompletionResult]::new('--max-hosts', '--max-hosts', [CompletionResultType]::ParameterName, 'Expand a network to at most this many addresses')
            [CompletionResult]::new('--resume', '--resume', [CompletionResultType]::ParameterName, 'Go on with an interrupted run: append to its ndjson output what is missing there')
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH')
            [CompletionResult]::new('--resolver', '--resolver', [CompletionResultType]::ParameterName, 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for one DNS question with all its tries [default: 5s]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Retransmissions of a DNS question within that time [default: 8]')
            [CompletionResult]::new('--max-qps', '--max-qps', [CompletionResultType]::ParameterName, 'Ask at most this many DNS questions a second, of all servers or of one list (repeatable)')
            [CompletionResult]::new('--trust-anchor', '--trust-anchor', [CompletionResultType]::ParameterName, 'Validate DNSSEC here, with the DNSKEY records in this file')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'End the whole run after this time; what is open then is unclear')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'Test this many targets at once')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'Test this many targets at once')
            [CompletionResult]::new('--confirm', '--confirm', [CompletionResultType]::ParameterName, 'Ask again so many times before a listing counts')
            [CompletionResult]::new('--source', '--source', [CompletionResultType]::ParameterName, 'Ask and connect from this local address')
            [CompletionResult]::new('--connect-to', '--connect-to', [CompletionResultType]::ParameterName, 'Connect elsewhere (repeatable): to ADDR:PORT instead of HOST:PORT')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates in this PEM file instead of Mozilla''s roots')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'The form of the result')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The form of the result')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the result to a file instead of standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the result to a file instead of standard output')
            [CompletionResult]::new('--rows', '--rows', [CompletionResultType]::ParameterName, 'Which rows of a result to show: all of them, or those with something to tell')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--fail-on', '--fail-on', [CompletionResultType]::ParameterName, 'Exit 1 from this severity on')
            [CompletionResult]::new('--unclear', '--unclear', [CompletionResultType]::ParameterName, 'What an unclear verdict does to the exit code')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file')
            [CompletionResult]::new('--ordered', '--ordered', [CompletionResultType]::ParameterName, 'Keep the input''s order in ndjson and csv')
            [CompletionResult]::new('-4', '-4', [CompletionResultType]::ParameterName, 'Use IPv4 addresses only')
            [CompletionResult]::new('--ipv4', '--ipv4', [CompletionResultType]::ParameterName, 'Use IPv4 addresses only')
            [CompletionResult]::new('-6', '-6', [CompletionResultType]::ParameterName, 'Use IPv6 addresses only')
            [CompletionResult]::new('--ipv6', '--ipv6', [CompletionResultType]::ParameterName, 'Use IPv6 addresses only')
            [CompletionResult]::new('--system-roots', '--system-roots', [CompletionResultType]::ParameterName, 'Trust the system''s certificates instead of Mozilla''s roots')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but the result')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but the result')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show what is clean too')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show what is clean too')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Read no configuration file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'spamcheck;lists' {
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'Only lists of these groups')
            [CompletionResult]::new('--kind', '--kind', [CompletionResultType]::ParameterName, 'Only lists that serve this kind of query')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'Only lists of this status')
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH')
            [CompletionResult]::new('--resolver', '--resolver', [CompletionResultType]::ParameterName, 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for one DNS question with all its tries [default: 5s]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Retransmissions of a DNS question within that time [default: 8]')
            [CompletionResult]::new('--max-qps', '--max-qps', [CompletionResultType]::ParameterName, 'Ask at most this many DNS questions a second, of all servers or of one list (repeatable)')
            [CompletionResult]::new('--trust-anchor', '--trust-anchor', [CompletionResultType]::ParameterName, 'Validate DNSSEC here, with the DNSKEY records in this file')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'End the whole run after this time; what is open then is unclear')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'Test this many targets at once')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'Test this many targets at once')
            [CompletionResult]::new('--confirm', '--confirm', [CompletionResultType]::ParameterName, 'Ask again so many times before a listing counts')
            [CompletionResult]::new('--source', '--source', [CompletionResultType]::ParameterName, 'Ask and connect from this local address')
            [CompletionResult]::new('--connect-to', '--connect-to', [CompletionResultType]::ParameterName, 'Connect elsewhere (repeatable): to ADDR:PORT instead of HOST:PORT')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates in this PEM file instead of Mozilla''s roots')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'The form of the result')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The form of the result')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the result to a file instead of standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the result to a file instead of standard output')
            [CompletionResult]::new('--rows', '--rows', [CompletionResultType]::ParameterName, 'Which rows of a result to show: all of them, or those with something to tell')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--fail-on', '--fail-on', [CompletionResultType]::ParameterName, 'Exit 1 from this severity on')
            [CompletionResult]::new('--unclear', '--unclear', [CompletionResultType]::ParameterName, 'What an unclear verdict does to the exit code')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file')
            [CompletionResult]::new('-4', '-4', [CompletionResultType]::ParameterName, 'Use IPv4 addresses only')
            [CompletionResult]::new('--ipv4', '--ipv4', [CompletionResultType]::ParameterName, 'Use IPv4 addresses only')
            [CompletionResult]::new('-6', '-6', [CompletionResultType]::ParameterName, 'Use IPv6 addresses only')
            [CompletionResult]::new('--ipv6', '--ipv6', [CompletionResultType]::ParameterName, 'Use IPv6 addresses only')
            [CompletionResult]::new('--system-roots', '--system-roots', [CompletionResultType]::ParameterName, 'Trust the system''s certificates instead of Mozilla''s roots')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but the result')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but the result')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show what is clean too')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show what is clean too')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Read no configuration file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show everything known of one list')
            [CompletionResult]::new('audit', 'audit', [CompletionResultType]::ParameterValue, 'Test the lists themselves: test entries, wildcard, servers, answers')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Turn lists of Mailtraq, postscreen or a plain file into a configuration of this program')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'spamcheck;lists;show' {
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH')
            [CompletionResult]::new('--resolver', '--resolver', [CompletionResultType]::ParameterName, 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for one DNS question with all its tries [default: 5s]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Retransmissions of a DNS question within that time [default: 8]')
            [CompletionResult]::new('--max-qps', '--max-qps', [CompletionResultType]::ParameterName, 'Ask at most this many DNS questions a second, of all servers or of one list (repeatable)')
            [CompletionResult]::new('--trust-anchor', '--trust-anchor', [CompletionResultType]::ParameterName, 'Validate DNSSEC here, with the DNSKEY records in this file')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'End the whole run after this time; what is open then is unclear')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'Test this many targets at once')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'Test this many targets at once')
            [CompletionResult]::new('--confirm', '--confirm', [CompletionResultType]::ParameterName, 'Ask again so many times before a listing counts')
            [CompletionResult]::new('--source', '--source', [CompletionResultType]::ParameterName, 'Ask and connect from this local address')
            [CompletionResult]::new('--connect-to', '--connect-to', [CompletionResultType]::ParameterName, 'Connect elsewhere (repeatable): to ADDR:PORT instead of HOST:PORT')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates in this PEM file instead of Mozilla''s roots')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'The form of the result')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The form of the result')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the result to a file instead of standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the result to a file instead of standard output')
            [CompletionResult]::new('--rows', '--rows', [CompletionResultType]::ParameterName, 'Which rows of a result to show: all of them, or those with something to tell')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--fail-on', '--fail-on', [CompletionResultType]::ParameterName, 'Exit 1 from this severity on')
            [CompletionResult]::new('--unclear', '--unclear', [CompletionResultType]::ParameterName, 'What an unclear verdict does to the exit code')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file')
            [CompletionResult]::new('-4', '-4', [CompletionResultType]::ParameterName, 'Use IPv4 addresses only')
            [CompletionResult]::new('--ipv4', '--ipv4', [CompletionResultType]::ParameterName, 'Use IPv4 addresses only')
            [CompletionResult]::new('-6', '-6', [CompletionResultType]::ParameterName, 'Use IPv6 addresses only')
            [CompletionResult]::new('--ipv6', '--ipv6', [CompletionResultType]::ParameterName, 'Use IPv6 addresses only')
            [CompletionResult]::new('--system-roots', '--system-roots', [CompletionResultType]::ParameterName, 'Trust the system''s certificates instead of Mozilla''s roots')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but the result')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but the result')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show what is clean too')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show what is clean too')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Read no configuration file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'spamcheck;lists;audit' {
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'Audit the lists of these groups instead of the default ones')
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH')
            [CompletionResult]::new('--resolver', '--resolver', [CompletionResultType]::ParameterName, 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for one DNS question with all its tries [default: 5s]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Retransmissions of a DNS question within that time [default: 8]')
            [CompletionResult]::new('--max-qps', '--max-qps', [CompletionResultType]::ParameterName, 'Ask at most this many DNS questions a second, of all servers or of one list (repeatable)')
            [CompletionResult]::new('--trust-anchor', '--trust-anchor', [CompletionResultType]::ParameterName, 'Validate DNSSEC here, with the DNSKEY records in this file')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'End the whole run after this time; what is open then is unclear')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'Test this many targets at once')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'Test this many targets at once')
            [CompletionResult]::new('--confirm', '--confirm', [CompletionResultType]::ParameterName, 'Ask again so many times before a listing counts')
            [CompletionResult]::new('--source', '--source', [CompletionResultType]::ParameterName, 'Ask and connect from this local address')
            [CompletionResult]::new('--connect-to', '--connect-to', [CompletionResultType]::ParameterName, 'Connect elsewhere (repeatable): to ADDR:PORT instead of HOST:PORT')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates in this PEM file instead of Mozilla''s roots')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'The form of the result')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The form of the result')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the result to a file instead of standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the result to a file instead of standard output')
            [CompletionResult]::new('--rows', '--rows', [CompletionResultType]::ParameterName, 'Which rows of a result to show: all of them, or those with something to tell')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--fail-on', '--fail-on', [CompletionResultType]::ParameterName, 'Exit 1 from this severity on')
            [CompletionResult]::new('--unclear', '--unclear', [CompletionResultType]::ParameterName, 'What an unclear verdict does to the exit code')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file')
            [CompletionResult]::new('-4', '-4', [CompletionResultType]::ParameterName, 'Use IPv4 addresses only')
            [CompletionResult]::new('--ipv4', '--ipv4', [CompletionResultType]::ParameterName, 'Use IPv4 addresses only')
            [CompletionResult]::new('-6', '-6', [CompletionResultType]::ParameterName, 'Use IPv6 addresses only')
            [CompletionResult]::new('--ipv6', '--ipv6', [CompletionResultType]::ParameterName, 'Use IPv6 addresses only')
            [CompletionResult]::new('--system-roots', '--system-roots', [CompletionResultType]::ParameterName, 'Trust the system''s certificates instead of Mozilla''s roots')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but the result')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but the result')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show what is clean too')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show what is clean too')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Read no configuration file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'spamcheck;lists;import' {
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH')
            [CompletionResult]::new('--resolver', '--resolver', [CompletionResultType]::ParameterName, 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for one DNS question with all its tries [default: 5s]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Retransmissions of a DNS question within that time [default: 8]')
            [CompletionResult]::new('--max-qps', '--max-qps', [CompletionResultType]::ParameterName, 'Ask at most this many DNS questions a second, of all servers or of one list (repeatable)')
            [CompletionResult]::new('--trust-anchor', '--trust-anchor', [CompletionResultType]::ParameterName, 'Validate DNSSEC here, with the DNSKEY records in this file')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'End the whole run after this time; what is open then is unclear')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'Test this many targets at once')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'Test this many targets at once')
            [CompletionResult]::new('--confirm', '--confirm', [CompletionResultType]::ParameterName, 'Ask again so many times before a listing counts')
            [CompletionResult]::new('--source', '--source', [CompletionResultType]::ParameterName, 'Ask and connect from this local address')
            [CompletionResult]::new('--connect-to', '--connect-to', [CompletionResultType]::ParameterName, 'Connect elsewhere (repeatable): to ADDR:PORT instead of HOST:PORT')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates in this PEM file instead of Mozilla''s roots')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'The form of the result')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The form of the result')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the result to a file instead of standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the result to a file instead of standard output')
            [CompletionResult]::new('--rows', '--rows', [CompletionResultType]::ParameterName, 'Which rows of a result to show: all of them, or those with something to tell')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--fail-on', '--fail-on', [CompletionResultType]::ParameterName, 'Exit 1 from this severity on')
            [CompletionResult]::new('--unclear', '--unclear', [CompletionResultType]::ParameterName, 'What an unclear verdict does to the exit code')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file')
            [CompletionResult]::new('-4', '-4', [CompletionResultType]::ParameterName, 'Use IPv4 addresses only')
            [CompletionResult]::new('--ipv4', '--ipv4', [CompletionResultType]::ParameterName, 'Use IPv4 addresses only')
            [CompletionResult]::new('-6', '-6', [CompletionResultType]::ParameterName, 'Use IPv6 addresses only')
            [CompletionResult]::new('--ipv6', '--ipv6', [CompletionResultType]::ParameterName, 'Use IPv6 addresses only')
            [CompletionResult]::new('--system-roots', '--system-roots', [CompletionResultType]::ParameterName, 'Trust the system''s certificates instead of Mozilla''s roots')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but the result')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but the result')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show what is clean too')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show what is clean too')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Read no configuration file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'spamcheck;lists;help' {
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show everything known of one list')
            [CompletionResult]::new('audit', 'audit', [CompletionResultType]::ParameterValue, 'Test the lists themselves: test entries, wildcard, servers, answers')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Turn lists of Mailtraq, postscreen or a plain file into a configuration of this program')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'spamcheck;lists;help;show' {
            break
        }
        'spamcheck;lists;help;audit' {
            break
        }
        'spamcheck;lists;help;import' {
            break
        }
        'spamcheck;lists;help;help' {
            break
        }
        'spamcheck;explain' {
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH')
            [CompletionResult]::new('--resolver', '--resolver', [CompletionResultType]::ParameterName, 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for one DNS question with all its tries [default: 5s]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Retransmissions of a DNS question within that time [default: 8]')
            [CompletionResult]::new('--max-qps', '--max-qps', [CompletionResultType]::ParameterName, 'Ask at most this many DNS questions a second, of all servers or of one list (repeatable)')
            [CompletionResult]::new('--trust-anchor', '--trust-anchor', [CompletionResultType]::ParameterName, 'Validate DNSSEC here, with the DNSKEY records in this file')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'End the whole run after this time; what is open then is unclear')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'Test this many targets at once')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'Test this many targets at once')
            [CompletionResult]::new('--confirm', '--confirm', [CompletionResultType]::ParameterName, 'Ask again so many times before a listing counts')
            [CompletionResult]::new('--source', '--source', [CompletionResultType]::ParameterName, 'Ask and connect from this local address')
            [CompletionResult]::new('--connect-to', '--connect-to', [CompletionResultType]::ParameterName, 'Connect elsewhere (repeatable): to ADDR:PORT instead of HOST:PORT')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates in this PEM file instead of Mozilla''s roots')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'The form of the result')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The form of the result')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the result to a file instead of standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the result to a file instead of standard output')
            [CompletionResult]::new('--rows', '--rows', [CompletionResultType]::ParameterName, 'Which rows of a result to show: all of them, or those with something to tell')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--fail-on', '--fail-on', [CompletionResultType]::ParameterName, 'Exit 1 from this severity on')
            [CompletionResult]::new('--unclear', '--unclear', [CompletionResultType]::ParameterName, 'What an unclear verdict does to the exit code')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file')
            [CompletionResult]::new('-4', '-4', [CompletionResultType]::ParameterName, 'Use IPv4 addresses only')
            [CompletionResult]::new('--ipv4', '--ipv4', [CompletionResultType]::ParameterName, 'Use IPv4 addresses only')
            [CompletionResult]::new('-6', '-6', [CompletionResultType]::ParameterName, 'Use IPv6 addresses only')
            [CompletionResult]::new('--ipv6', '--ipv6', [CompletionResultType]::ParameterName, 'Use IPv6 addresses only')
            [CompletionResult]::new('--system-roots', '--system-roots', [CompletionResultType]::ParameterName, 'Trust the system''s certificates instead of Mozilla''s roots')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but the result')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but the result')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show what is clean too')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show what is clean too')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Read no configuration file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'spamcheck;demo' {
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH')
            [CompletionResult]::new('--resolver', '--resolver', [CompletionResultType]::ParameterName, 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for one DNS question with all its tries [default: 5s]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Retransmissions of a DNS question within that time [default: 8]')
            [CompletionResult]::new('--max-qps', '--max-qps', [CompletionResultType]::ParameterName, 'Ask at most this many DNS questions a second, of all servers or of one list (repeatable)')
            [CompletionResult]::new('--trust-anchor', '--trust-anchor', [CompletionResultType]::ParameterName, 'Validate DNSSEC here, with the DNSKEY records in this file')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'End the whole run after this time; what is open then is unclear')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'Test this many targets at once')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'Test this many targets at once')
            [CompletionResult]::new('--confirm', '--confirm', [CompletionResultType]::ParameterName, 'Ask again so many times before a listing counts')
            [CompletionResult]::new('--source', '--source', [CompletionResultType]::ParameterName, 'Ask and connect from this local address')
            [CompletionResult]::new('--connect-to', '--connect-to', [CompletionResultType]::ParameterName, 'Connect elsewhere (repeatable): to ADDR:PORT instead of HOST:PORT')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates in this PEM file instead of Mozilla''s roots')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'The form of the result')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The form of the result')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the result to a file instead of standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the result to a file instead of standard output')
            [CompletionResult]::new('--rows', '--rows', [CompletionResultType]::ParameterName, 'Which rows of a result to show: all of them, or those with something to tell')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--fail-on', '--fail-on', [CompletionResultType]::ParameterName, 'Exit 1 from this severity on')
            [CompletionResult]::new('--unclear', '--unclear', [CompletionResultType]::ParameterName, 'What an unclear verdict does to the exit code')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file')
            [CompletionResult]::new('--serve', '--serve', [CompletionResultType]::ParameterName, 'Keep the world up and print the flags to try any subcommand against it')
            [CompletionResult]::new('-4', '-4', [CompletionResultType]::ParameterName, 'Use IPv4 addresses only')
            [CompletionResult]::new('--ipv4', '--ipv4', [CompletionResultType]::ParameterName, 'Use IPv4 addresses only')
            [CompletionResult]::new('-6', '-6', [CompletionResultType]::ParameterName, 'Use IPv6 addresses only')
            [CompletionResult]::new('--ipv6', '--ipv6', [CompletionResultType]::ParameterName, 'Use IPv6 addresses only')
            [CompletionResult]::new('--system-roots', '--system-roots', [CompletionResultType]::ParameterName, 'Trust the system''s certificates instead of Mozilla''s roots')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but the result')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but the result')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show what is clean too')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show what is clean too')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Read no configuration file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'spamcheck;completions' {
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH')
            [CompletionResult]::new('--resolver', '--resolver', [CompletionResultType]::ParameterName, 'Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for one DNS question with all its tries [default: 5s]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Retransmissions of a DNS question within that time [default: 8]')
            [CompletionResult]::new('--max-qps', '--max-qps', [CompletionResultType]::ParameterName, 'Ask at most this many DNS questions a second, of all servers or of one list (repeatable)')
            [CompletionResult]::new('--trust-anchor', '--trust-anchor', [CompletionResultType]::ParameterName, 'Validate DNSSEC here, with the DNSKEY records in this file')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'End the whole run after this time; what is open then is unclear')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'Test this many targets at once')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'Test this many targets at once')
            [CompletionResult]::new('--confirm', '--confirm', [CompletionResultType]::ParameterName, 'Ask again so many times before a listing counts')
            [CompletionResult]::new('--source', '--source', [CompletionResultType]::ParameterName, 'Ask and connect from this local address')
            [CompletionResult]::new('--connect-to', '--connect-to', [CompletionResultType]::ParameterName, 'Connect elsewhere (repeatable): to ADDR:PORT instead of HOST:PORT')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates in this PEM file instead of Mozilla''s roots')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'The form of the result')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The form of the result')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the result to a file instead of standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the result to a file instead of standard output')
            [CompletionResult]::new('--rows', '--rows', [CompletionResultType]::ParameterName, 'Which rows of a result to show: all of them, or those with something to tell')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--fail-on', '--fail-on', [CompletionResultType]::ParameterName, 'Exit 1 from this severity on')
            [CompletionResult]::new('--unclear', '--unclear', [CompletionResultType]::ParameterName, 'What an unclear verdict does to the exit code')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file')
            [CompletionResult]::new('-4', '-4', [CompletionResultType]::ParameterName, 'Use IPv4 addresses only')
            [CompletionResult]::new('--ipv4', '--ipv4', [CompletionResultType]::ParameterName, 'Use IPv4 addresses only')
            [CompletionResult]::new('-6', '-6', [CompletionResultType]::ParameterName, 'Use IPv6 addresses only')
            [CompletionResult]::new('--ipv6', '--ipv6', [CompletionResultType]::ParameterName, 'Use IPv6 addresses only')
            [CompletionResult]::new('--system-roots', '--system-roots', [CompletionResultType]::ParameterName, 'Trust the system''s certificates instead of Mozilla''s roots')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but the result')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but the result')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show what is clean too')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show what is clean too')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Read no configuration file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'spamcheck;help' {
            [CompletionResult]::new('dnsbl', 'dnsbl', [CompletionResultType]::ParameterValue, 'Ask blocklists about an address or name')
            [CompletionResult]::new('dmarc', 'dmarc', [CompletionResultType]::ParameterValue, 'Find the DMARC policy of a domain and see whether it is in force')
            [CompletionResult]::new('lists', 'lists', [CompletionResultType]::ParameterValue, 'Show, audit or import blocklists')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Explain a rule, or list all rules')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Show the tool at work in a mail world on loopback')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script for a shell')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'spamcheck;help;dnsbl' {
            break
        }
        'spamcheck;help;dmarc' {
            break
        }
        'spamcheck;help;lists' {
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show everything known of one list')
            [CompletionResult]::new('audit', 'audit', [CompletionResultType]::ParameterValue, 'Test the lists themselves: test entries, wildcard, servers, answers')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Turn lists of Mailtraq, postscreen or a plain file into a configuration of this program')
            break
        }
        'spamcheck;help;lists;show' {
            break
        }
        'spamcheck;help;lists;audit' {
            break
        }
        'spamcheck;help;lists;import' {
            break
        }
        'spamcheck;help;explain' {
            break
        }
        'spamcheck;help;demo' {
            break
        }
        'spamcheck;help;completions' {
            break
        }
        'spamcheck;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
