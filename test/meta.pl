#!/usr/bin/env perl
# The version stands in kroles.control; what PGXN and readers are told must agree with it. Prints TAP.
use strict;
use warnings;
use JSON::PP;
use Test::More;

sub content
{
	my ($file) = @_;
	open my $in, '<', $file or die "$file: $!\n";
	local $/;
	return scalar <$in>;
}

my ($version) = content('kroles.control') =~ /^default_version\s*=\s*'([^']+)'/m;
like($version, qr/^\d+\.\d+\.\d+$/, 'kroles.control has a version of three numbers');

my $meta = decode_json(content('META.json'));
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
like(content('CHANGELOG.md'), qr/^## \Q$version\E\b/m, 'CHANGELOG.md has a section about the version');
done_testing();
