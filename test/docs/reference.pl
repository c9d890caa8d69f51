#!/usr/bin/env perl
# doc/reference.md is what doc/reference.sql makes of the comments in the catalog; "make reference" makes it again. Prints TAP.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Document;
use Test::More;

my $made = `psql -XAtqf doc/reference.sql 2>&1`;
is($?, 0, 'doc/reference.sql runs');

my @made = split /\n/, $made;
my @written = split /\n/, Document::content('doc/reference.md');
cmp_ok(scalar @made, '>', 500, 'it has what to compare');
is(scalar @written, scalar @made, 'doc/reference.md has as many lines');

# The first line that differs, and the section it is in
my $i = 0;
$i++ while $i < @made && $made[$i] eq ($written[$i] // '');
my ($section) = ((grep { /^#/ } reverse @made[0 .. ($i < @made ? $i : $#made)]), '');
ok($i == @made, 'doc/reference.md says what the catalog says')
	or diag "make reference makes it again. The first difference is below \"$section\":\n"
	. "  catalog: $made[$i]\n  file:    " . ($written[$i] // '') . "\n";
my @left = split /\n/, `psql -XAtqc "SELECT extname FROM pg_extension WHERE extname = 'kroles' UNION ALL SELECT rolname FROM pg_roles WHERE rolname ~ '^kroles'"`;
is("@left", '', 'and it leaves nothing in the database');
done_testing();
