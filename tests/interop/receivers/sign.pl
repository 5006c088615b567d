#!/usr/bin/perl
# Signs the message on standard input: `sign.pl KEY_FILE DOMAIN SELECTOR`, and prints the DKIM-Signature field.
use strict;
use warnings;
use Mail::DKIM::Signer;
use Mail::DKIM::PrivateKey;

my ($file, $domain, $selector) = @ARGV;
my $key = Mail::DKIM::PrivateKey->load(File => $file) or die "no key";
my $signer = Mail::DKIM::Signer->new(
    Algorithm => 'rsa-sha256', Method => 'relaxed/relaxed', Domain => $domain, Selector => $selector, Key => $key);
binmode(STDIN);
while (read(STDIN, my $octets, 4096)) { $signer->PRINT($octets) }
$signer->CLOSE();
print $signer->signature()->as_string(), "\r\n";
