#!/usr/bin/env perl
# What files say of one another: the version, which stands in kroles.control, and the links and tables of the documents.
# Prints TAP.
use strict;
use warnings;
use File::Basename qw(dirname);
use FindBin;
use lib "$FindBin::RealBin/docs/lib";
use Document;
use JSON::PP;
use Test::More;

my ($version) = Document::content('kroles.control') =~ /^default_version\s*=\s*'([^']+)'/m;
like($version, qr/^\d+\.\d+\.\d+$/, 'kroles.control has a version of three numbers');

my $meta = decode_json(Document::content('META.json'));
is($meta->{version}, $version, 'META.json has the version');
is($meta->{provides}{kroles}{version}, $version, 'so has what it provides');
foreach my $key (qw(file docfile))
{
	ok(-f $meta->{provides}{kroles}{$key}, "META.json: the $key is there");
}
foreach my $key (qw(name abstract maintainer license meta-spec))
{
	ok($meta->{$key}, "META.json has the $key that PGXN demands");
}
like(Document::content('CHANGELOG.md'), qr/^## \Q$version\E\b/m, 'CHANGELOG.md has a section about the version');

# The anchors that headings of a document get: lower case, without punctuation, hyphens for spaces.
sub anchors
{
	my ($file) = @_;
	my %anchors;
	for my $heading (Document::content($file) =~ s/^```.*?^```$//msgr =~ /^#+ +(.*?) *$/mg)
	{
		my $anchor = lc $heading =~ s/\[([^]]*)\]\([^)]*\)/$1/gr;
		$anchor =~ s/[^\w\- ]//g;
		$anchors{ $anchor =~ tr/ /-/r } = 1;
	}
	return \%anchors;
}

my $links = 0;
foreach my $file (Document::all(), qw(CHANGELOG.md SECURITY.md test/t/sentences/README.md test/bench/README.md))
{
	my $prose = Document::content($file) =~ s/^```.*?^```$//msgr =~ s/`[^`\n]*`//gr;
	foreach my $link ($prose =~ /\]\(([^)\s]+)\)/g)
	{
		next if $link =~ /^[a-z]+:/;
		my ($path, $anchor) = $link =~ /^([^#]*)(?:#(.*))?$/;
		my $target = $path eq '' ? $file : dirname($file) . "/$path";
		my $sound = -e $target && (!defined $anchor || anchors($target)->{$anchor});
		$links++;
		ok($sound, "$file links to $link") unless $sound;
	}
}
cmp_ok($links, '>', 50, 'the links between the documents lead somewhere');

my @readme = split /\n/, Document::content('README.md');
cmp_ok(scalar @readme, '<=', 300, 'README.md has at most 300 lines');
my %performance = map { $_ => 1 } split /\n/, Document::content('doc/performance.md');
my ($costs) = Document::content('README.md') =~ /^## What it costs\n(.*?)^## /ms;
is(join("\n", grep { /^\|/ && !$performance{$_} } split /\n/, $costs), '', 'its figures are those of doc/performance.md');
foreach my $file (glob 'doc/*.md')
{
	my $linked = grep { /\(\Q$file\E[)#]/ } @readme;
	ok($linked, "README.md says who reads $file");
}
done_testing();
