#!/usr/bin/env perl
# What doc/clients.md shows of psql, of keys and of sessions without tokens is what examples/clients/run prints there. (The other
# parts need programs from elsewhere; without Node, which makes the tokens, all are left out.) It has a server of its own.
# Prints TAP.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Document;
use Test::More;

plan skip_all => 'node is not installed' if system('node --version >/dev/null 2>&1') != 0;

my %sections = map { $_ => 1 } 'Changing keys, and ending sessions', 'psql', 'Gateways', 'Login roles';
my $told = `test/server run examples/clients/run keys psql without-tokens 2>&1` =~ s/[ \t]+$//mgr;
is($?, 0, 'the examples run') or diag $told;

my @lines = split /\n/, Document::content('doc/clients.md');
my $shown = 0;
for my $block (grep { $_->{language} eq '' } Document::blocks('doc/clients.md'))
{
	my ($section) = map { /^#+ (.*)/ ? $1 : () } reverse @lines[0 .. $block->{line} - 1];
	next unless $sections{$section};
	$shown++;
	ok(index($told, $block->{text}) >= 0, "doc/clients.md: the output in line $block->{line}, below \"$section\"") or diag $block->{text};
}
is($shown, 6, 'the sections have their outputs');
done_testing();
