#!/usr/bin/env perl
# What packages say of themselves: META.json against PGXN's specification (version 1.0.0), and that nothing repeats the version
# that kroles.control has. Prints TAP.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../docs/lib";
use Document;
use JSON::PP;
use Test::More;

my $number = qr/(?:0|[1-9]\d*)/;
my $semver = qr/$number\.$number\.$number(?:-[0-9A-Za-z-]+)?/;
my $range = qr/(?:0|(?:(?:[<>]=?|[!=]=)\s*)?$semver)/;
my %text = map { $_ => 1 } qw(abstract description generated_by);
my %lists = (maintainer => qr/\S/, license => qr/^(?:agpl_3|apache_[12]_[01]|artistic_[12]|bsd|freebsd|gpl_[123]|lgpl_[23]_[01]|mit|
	mozilla_1_[01]|openssl|perl_5|postgresql|qpl_1_0|ssleay|sun|zlib|open_source|restricted|unrestricted|unknown)$/x,
	tags => qr{^[^/\\[:cntrl:]]{1,255}$});

# What is wrong with a distribution's META.json, as the specification has it.
sub problems
{
	my ($meta) = @_;
	my @problems = map { "$_ is missing" } grep { !defined $meta->{$_} }
		qw(abstract license maintainer meta-spec name provides version);
	foreach my $key (sort keys %$meta)
	{
		next if $key =~ /^[xX]_/;
		my $value = $meta->{$key};
		my $sound = $text{$key} ? !ref $value && $value =~ /\S/
			: $lists{$key} ? !grep { $_ !~ $lists{$key} } ref $value eq 'ARRAY' ? @$value : $value
			: $key eq 'name' ? $value =~ m{^[^/\\[:cntrl:]\s]{2,}$}
			: $key eq 'version' ? $value =~ /^$semver$/
			: $key eq 'release_status' ? $value =~ /^(?:stable|testing|unstable)$/
			: $key eq 'meta-spec' ? $value->{version} eq '1.0.0' && $value->{url} =~ m{^https?://(?:\w+\.)?pgxn\.org/}
			: $key eq 'provides' ? keys %$value && !grep { !provided($_) } values %$value
			: $key eq 'prereqs' ? !grep { !phase($_, $value->{$_}) } keys %$value
			: $key =~ /^(?:no_index|resources)$/ ? ref $value eq 'HASH'
			: 0;
		push @problems, "$key is not as the specification says" unless $sound;
	}
	return @problems;
}

# An extension that the distribution provides.
sub provided
{
	my ($extension) = @_;
	return 0 if grep { !/^(?:abstract|file|docfile|version)$/ } keys %$extension;
	return $extension->{version} =~ /^$semver$/ && defined $extension->{file};
}

# What a phase of building or running needs.
sub phase
{
	my ($name, $needs) = @_;
	return 0 unless $name =~ /^(?:configure|build|test|runtime|develop)$/;
	foreach my $kind (keys %$needs)
	{
		return 0 unless $kind =~ /^(?:requires|recommends|suggests|conflicts)$/;
		return 0 if grep { !/^$range(?:\s*,\s*$range)*$/ } values %{ $needs->{$kind} };
	}
	return 1;
}

my $meta = decode_json(Document::content('META.json'));
is_deeply([ problems($meta) ], [], 'META.json is as the specification says');
is($meta->{release_status}, $meta->{version} =~ /^0/ ? 'unstable' : 'stable', 'its status is that of its version');
like($meta->{provides}{kroles}{file}, qr/\.sql$/, 'its file is SQL: of others, "pgxn load" thinks that they are no extension');
is($meta->{prereqs}{runtime}{requires}{PostgreSQL}, '15.0.0', 'it requires the first PostgreSQL that compiles');

# The version is in kroles.control alone: packages read it there.
foreach my $file (glob('packaging/* debian/* debian/tests/* test/packages/*'))
{
	next unless -f $file;
	my @repeated = Document::content($file) =~ /^(.*\b\Q$meta->{version}\E\b.*)$/mg;
	is_deeply(\@repeated, [], "$file does not repeat the version");
}
like(Document::content('debian/pgversions'), qr/^15\+$/m, 'Debian packages are made for all versions that are supported');

# The notices that every copy must have.
my ($terms) = Document::content('LICENSE') =~ /^(Permission to use.*)/ms;
my $copyright = Document::content('debian/copyright') =~ s/^ \.?//mgr;
like($copyright, qr/\Q$terms\E/, 'debian/copyright has the terms of LICENSE');

# ---- The checks themselves ----

is_deeply([ problems({ %$meta, $_->[0] => $_->[1] }) ], ["$_->[0] is not as the specification says"], "$_->[0] is checked")
	foreach [ version => '1.0' ], [ version => '1.0.01' ], [ name => 'a/b' ], [ license => 'PostgreSQL' ], [ tags => ['a/b'] ],
	[ release_status => 'done' ], [ provides => {} ], [ provides => { kroles => { version => '1.0.0' } } ], [ homepage => 'x' ],
	[ prereqs => { run => {} } ], [ prereqs => { runtime => { requires => { PostgreSQL => '15' } } } ],
	[ 'meta-spec' => { version => '2.0.0', url => 'http://pgxn.org/meta/spec.txt' } ], [ abstract => '' ];
is_deeply([ problems({ map { $_ => $meta->{$_} } grep { $_ ne 'abstract' } keys %$meta }) ], ['abstract is missing'],
	'what must be there is asked for');
done_testing();
