#!/usr/bin/env perl
# The rooms of src/ (test/meta/lib/Source.pm lists them): no file includes a header of a higher room, and nothing includes in a
# circle. Prints TAP.
use strict;
use warnings;
use File::Basename qw(dirname);
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use FindBin;
use lib "$FindBin::RealBin/lib";
use Source;
use Test::More;

my $src = Source::read_tree('src');
ok(scalar(grep { /\.c$/ } keys %$src), 'there is source to read');
Source::none([ Source::unknown_rooms($src) ], 'every file is in a room, or directly in src/');
Source::none([ Source::upward_includes($src) ], 'no file includes a header of a higher room');
Source::none([ Source::include_circles($src) ], 'rooms and headers include each other in no circle');

# ---- The checks themselves, on small trees ----

# Reads a tree made of (path, headers it includes) pairs.
sub tree
{
	my %includes = @_;
	my $root = tempdir(CLEANUP => 1);
	foreach my $path (keys %includes)
	{
		make_path(dirname("$root/$path"));
		open my $out, '>', "$root/$path" or die "$path: $!\n";
		print $out qq{#include "postgres.h"\n}, map { qq{#include "$_"\n} } @{ $includes{$path} };
		close $out or die "$path: $!\n";
	}
	return Source::read_tree($root);
}

my $good = tree(
	'module.c' => [ 'kinds.h', 'import/file.h' ], 'kinds.h' => [], 'import/file.h' => ['core/page.h'],
	'cache/load.c' => [ 'load.h', 'core/page.h' ], 'cache/load.h' => [], 'core/page.h' => []);
is_deeply([ map { $_->($good) } \&Source::unknown_rooms, \&Source::upward_includes, \&Source::include_circles ], [],
	'a sound tree passes');

is_deeply([ Source::upward_includes(tree(
		'cache/load.c' => [ 'load.h', 'decide/decide.h' ], 'cache/load.h' => [], 'decide/decide.h' => [])) ],
	['cache/load.c includes decide/decide.h, of a higher room'], 'an arrow upwards is reported');
is_deeply([ Source::upward_includes(tree('decide/decide.c' => ['kinds.h'], 'kinds.h' => [])) ],
	['decide/decide.c includes kinds.h, of a higher room'], 'so is one to a file directly in src/');
is_deeply([ Source::upward_includes(tree('decide/decide.c' => ['load.h'], 'decide/load.h' => [], 'load.h' => [])) ],
	[], 'a bare name is of the same room first');

is_deeply([ Source::include_circles(tree(
		'cache/a.c' => ['decide/b.h'], 'cache/a.h' => [], 'decide/b.h' => [], 'decide/b.c' => ['cache/a.h'])) ],
	['cache -> decide -> cache'], 'a circle of two rooms is reported, also one through different files');
is_deeply([ Source::include_circles(tree('core/a.h' => ['rls/b.h'], 'rls/b.h' => ['store/c.h'], 'store/c.h' => ['core/a.h'])) ],
	[ 'core -> rls -> store -> core', 'core/a.h -> rls/b.h -> store/c.h -> core/a.h' ], 'and one of three, of rooms and of headers');
is_deeply([ Source::include_circles(tree('a.h' => ['b.h'], 'b.h' => ['a.h'], 'a.c' => [ 'a.h', 'b.h' ])) ],
	['a.h -> b.h -> a.h'], 'and one of headers in a flat folder');
is_deeply([ Source::unknown_rooms(tree('attic/a.c' => [])) ], ['attic/a.c is in no room that test/meta/lib/Source.pm lists'],
	'a folder that is no room is reported');
done_testing();
