# Servers to test in.
package Portal;
use strict;
use warnings;

use Exporter qw(import);
use PostgreSQL::Test::Cluster;

our @EXPORT = qw(start_node start_portal);

# Starts a server; "conf" has lines of its configuration, "init" what initialises it otherwise.
sub start_node
{
	my ($name, %options) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init(%{ $options{init} // {} });
	$node->append_conf('postgresql.conf', $options{conf}) if $options{conf};
	$node->start;
	return $node;
}

# Starts one with kroles in its database "postgres" and an application's role "app", a trusted gateway.
sub start_portal
{
	my ($name, %options) = @_;
	my $node = start_node($name, %options);
	$node->safe_psql('postgres', q{
		CREATE EXTENSION kroles;
		CREATE ROLE app LOGIN;
		SELECT kroles_grant_access('app'), kroles_trust_gateway('app');
	});
	return $node;
}

1;
