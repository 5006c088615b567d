#!/usr/bin/perl
# Asks SpamAssassin, as its package configures it, about messages: `spamassassin.pl DNS_SERVER DIRECTORY FILE...`.
# A line a message: its file, then RULE=POINTS for each rule that hit, in score set 1.
use strict;
use warnings;
use Mail::SpamAssassin;

my ($resolver, $home, @files) = @ARGV;
my $filter = Mail::SpamAssassin->new({
    site_rules_filename => '/etc/spamassassin',
    userstate_dir       => $home,
    home_dir_for_helpers => $home,
    dont_copy_prefs     => 1,
    local_tests_only    => 0,
    post_config_text    => join("\n",
        "dns_server $resolver", 'dns_available yes', 'trusted_networks 127.0.0.0/8', 'use_bayes 0',
        'use_auto_welcomelist 0', 'use_razor2 0', 'use_pyzor 0', 'use_dcc 0', 'rbl_timeout 10', ''),
});
$filter->init(1);
for my $file (@files) {
    open(my $handle, '<', $file) or die "$file: $!";
    my @lines = <$handle>;
    my $message = $filter->parse(\@lines, 1);
    my $status = $filter->check($message);
    my $scores = $status->{conf}->{scoreset}->[1];
    my @hits = map { "$_=" . ($scores->{$_} // 1) } sort split(/,/, $status->get_names_of_tests_hit());
    print join(' ', $file, @hits), "\n";
    $status->finish();
    $message->finish();
}
