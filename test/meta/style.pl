#!/usr/bin/env perl
# How the C source is written: what a file and a function begin with, how long they are, and what they are called. Prints TAP.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use Source;
use Test::More;

my $src = Source::read_tree('src');
Source::none([ Source::without_header($src) ], 'every file begins with its name and what it is for');
Source::none([ Source::long_files($src) ], "no file has more than $Source::longest_file lines");
Source::none([ Source::long_functions($src) ], "no function has more than $Source::longest_function lines");
Source::none([ Source::without_comment($src) ], 'every function is commented, or static and short');
Source::none([ Source::without_prefix($src) ], 'every function that is not static begins with kroles_');
Source::none([ Source::variables_without_prefix($src) ], 'so does every variable of a file that is not static');
Source::none([ Source::misplaced_info($src) ], 'PG_FUNCTION_INFO_V1 stands right above its function');

# ---- The checks themselves ----

my $body = "\tint x;\n" x 99;
my %bad = ('a/bad.c' => "/*\n * other.c\n *\t\tSomething.\n */\n#include \"a.h\"\n"
	. "PG_FUNCTION_INFO_V1(kroles_a);\n\nDatum\nkroles_a(PG_FUNCTION_ARGS)\n{\n}\n"
	. "int\nlong_one(int a,\n\t\t int b)\n{\n$body}\n/* Short. */\nstatic int\nshort(void)\n{\n}\n");
is_deeply([ map { $_->{name} } Source::all_functions(\%bad) ], [qw(kroles_a long_one short)], 'functions are found');
is(scalar(Source::without_header(\%bad)), 1, 'another name in the header is reported');
is_deeply([ Source::long_functions(\%bad) ], ['a/bad.c: long_one() has 104 lines'], 'so is a long function');
is_deeply([ Source::without_comment(\%bad) ], [ map { "a/bad.c: $_() has no comment" } qw(kroles_a long_one) ],
	'and those without a comment');
is_deeply([ Source::without_prefix(\%bad) ], ['a/bad.c: long_one() is not static, and does not begin with kroles_'],
	'and a name without the prefix');
my $variables = "static int a;\nint\tkroles_b = 1;\nchar *c[2];\nextern int d;\nint e(int);\nvoid\nf(int g)\n{\n\tint h;\n}\n";
is_deeply([ Source::variables_without_prefix({ 'a.c' => $variables }) ],
	['a.c: c is not static, and does not begin with kroles_'], 'also of a variable');
is(scalar(Source::misplaced_info(\%bad)), 1, 'and PG_FUNCTION_INFO_V1 on its own');
is(scalar(Source::long_files({ 'a.c' => "\n" x 451, 'b.c' => "\n" x 450 })), 1, 'and a long file');
done_testing();
