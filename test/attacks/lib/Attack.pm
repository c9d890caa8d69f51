# How an attempt is written down in the Perl files beside; attack.psql says what the names mean.
package Attack;
use strict;
use warnings;

use Exporter qw(import);
use Test::More;

our @EXPORT = qw(attempt control left_open answer);

sub attempt
{
	my ($expected, $got, $tried) = @_;
	return is($got, $expected, "$expected: $tried");
}

sub control
{
	my ($expected, $got, $what) = @_;
	return is($got, $expected, "control: $what");
}

sub left_open
{
	my ($expected, $got, $what) = @_;
	return is($got, $expected, "left open: $what");
}

# What statements print in a session of their own, in one line; an error's SQLSTATE where they end with one. As the
# server's superuser, or as another role.
sub answer
{
	my ($node, $sql, %options) = @_;
	my ($stdout, $stderr) = ('', '');
	$node->psql('postgres', "\\set VERBOSITY sqlstate\n$sql", stdout => \$stdout, stderr => \$stderr,
		extra_params => [ $options{role} ? ('-U', $options{role}) : () ]);
	return $1 if $stderr =~ /(?:ERROR|FATAL): +(\w{5})\s*$/;
	return join ' ', split /\n/, $stdout;
}

1;
