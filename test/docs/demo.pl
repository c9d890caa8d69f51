#!/usr/bin/env perl
# "make demo" loads its portal and gets to its end. Prints TAP.
use strict;
use warnings;

use Test::More;

my $told = `examples/demo 2>&1`;
is($?, 0, 'the demo ends without an error of its own');
my @sections = $told =~ /^(\d)\. [A-Z]/mg;
is("@sections", '1 2 3 4 5 6 7 8', 'it shows all its sections') or diag $told;
unlike($told, qr/syntax error|does not exist|ERROR:  (?:column|function|relation)/, 'and its statements are sound');
system 'dropdb', '--force', 'campus';
done_testing();
