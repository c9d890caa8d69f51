# pg_upgrade: a portal with objects of a site's own is the same in the new cluster, the secret included, and goes on there; and so
# is a dump of it that is restored there. To the same version of PostgreSQL, or to that of the programs in KROLES_UPGRADE_TO (a bindir with kroles installed).
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
make_original($old, 'portal', many => 1);
my $wanted = portrait($old, 'portal');
cmp_ok(scalar(split /\n/, $wanted->{answers}), '>', 100_000, 'there are answers to compare');
my $wanted_objects = objects($old, 'portal');
my $tables = $old->safe_psql('portal', 'SELECT version FROM kroles.tables_version');
my $dump = PostgreSQL::Test::Utils::tempdir() . '/dump';
$old->command_ok([ 'pg_dump', '-Fc', '-f', $dump, '-d', $old->connstr('portal') ], 'dumped');
$old->stop;

my $to = $ENV{KROLES_UPGRADE_TO} // $old->config_data('--bindir');
my $new = PostgreSQL::Test::Cluster->new('new', $ENV{KROLES_UPGRADE_TO} ? (install_path => "$to/..") : ());
# (18 has checksums unless told otherwise, and pg_upgrade wants both clusters alike)
$new->init(extra => [ `"$to/initdb" --help` =~ /(--no-data-checksums)/ ]);
{
	# pg_upgrade writes its log where it runs
	chdir PostgreSQL::Test::Utils::tempdir();
	command_ok([ "$to/pg_upgrade", '--no-sync', '-d', $old->data_dir, '-D', $new->data_dir, '-b', $old->config_data('--bindir'), '-B', $to,
		'-s', $new->host, '-p', $old->port, '-P', $new->port ], 'upgraded')
		or diag(map { (split /\n/, slurp_file($_))[-5 .. -1] } glob $new->data_dir . '/pg_upgrade_output.d/*/log/pg_upgrade_dump*.log');
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

$new->safe_psql('postgres', 'CREATE DATABASE dumped');
$new->command_ok([ "$to/pg_restore", '--exit-on-error', '-j', '2', '-d', $new->connstr('dumped'), $dump ], 'the dump is restored');
$is = portrait($new, 'dumped');
# (the secret is never in a dump)
is($is->{$_}, $wanted->{$_}, "dumped: $_") for grep { $_ ne 'secret' } sort keys %$wanted;
is($new->safe_psql('dumped', 'SELECT * FROM kroles_verify()'), '', 'dumped: what is derived is right');
is(objects($new, 'dumped'), objects($new, 'portal'), 'the upgraded database has the objects of the restored dump');

done_testing();
