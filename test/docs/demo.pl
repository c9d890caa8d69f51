#!/usr/bin/env perl
# "make demo" says what it does before it does it, loads its portal and gets to its end. Prints TAP.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Document;
use Test::More;

my $told = `examples/demo 2>&1`;
is($?, 0, 'the demo ends without an error of its own');
my @sections = $told =~ /^(\d)\. [A-Z]/mg;
is("@sections", '1 2 3 4 5 6 7 8 9', 'it shows all its sections') or diag $told;
like($told, qr/\ALoading the campus portal/, 'it says first what it does');
my @literal = $told =~ /(?<![\w:])(:[a-z]\w*)/g;
is_deeply(\@literal, [], 'no variable is printed by its name');
unlike($told, qr/syntax error|does not exist|ERROR:  (?:column|function|relation)/, 'and its statements are sound');
system 'dropdb', '--force', 'campus';

# What make does before it takes longest. (make -n cannot tell: it would run the server.)
my $make = Document::content('GNUmakefile');
like($make, qr/^built-demo: tell = echo 'Building kroles/m, 'make demo says that it builds');
like($make, qr/^demo: built-demo\n\t\@echo 'Starting a private PostgreSQL/m, 'and that it starts a server');
done_testing();
