# pg_upgrade: a portal with objects of a site's own is the same in the new cluster, the secret included, and goes on there. To the
# same version of PostgreSQL, or to that of the programs in KROLES_UPGRADE_TO (a bindir with kroles installed).
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Original;
use Portal;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $old = start_node('old');
make_original($old, 'portal');
my $wanted = portrait($old, 'portal');
my $wanted_objects = objects($old, 'portal');
my $tables = $old->safe_psql('portal', 'SELECT version FROM kroles.tables_version');
$old->stop;

my $to = $ENV{KROLES_UPGRADE_TO} // $old->config_data('--bindir');
my $new = PostgreSQL::Test::Cluster->new('new', $ENV{KROLES_UPGRADE_TO} ? (install_path => "$to/..") : ());
$new->init;
{
	# pg_upgrade writes its log where it runs
	chdir PostgreSQL::Test::Utils::tempdir();
	command_ok([ "$to/pg_upgrade", '--no-sync', '-d', $old->data_dir, '-D', $new->data_dir, '-b', $old->config_data('--bindir'), '-B', $to,
		'-s', $new->host, '-p', $old->port, '-P', $new->port ], 'upgraded');
}
$new->start;

my $is = portrait($new, 'portal');
is($is->{$_}, $wanted->{$_}, $_) for sort keys %$wanted;
is(objects($new, 'portal'), $wanted_objects, 'the same objects') if $old->pg_version eq $new->pg_version;
is($new->safe_psql('portal', 'SELECT * FROM kroles_verify()'), '', 'what is derived is right');
is($new->safe_psql('portal', 'SELECT kroles_install()'), $tables, 'kroles_install() finds the tables of this version');
is_deeply(portrait($new, 'portal'), $wanted, 'and changes no row');
is($new->safe_psql('portal', q{SELECT finding FROM kroles_doctor() WHERE finding IN ('public_privilege', 'versions_differ', 'missing_table', 'altered_policy', 'missing_policy')}), '',
	'the doctor finds nothing that was lost');
is($new->safe_psql('portal', "INSERT INTO kroles.media (name, owner_id) VALUES ('new', 1) RETURNING id"), '13', 'the next media has the next id');

done_testing();
