# Dumps under load: each, restored, is sound, and answers as the instant did at which it was made.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Load;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_random_portal('dump');
my $before = $node->safe_psql('postgres', 'SELECT count(*) FROM kroles.audit_log');
my $load = start_clients($node, 6);
sleep 3;
my $file = PostgreSQL::Test::Utils::tempdir() . '/dump';
my $dumps = 0;
until_over(sub {
	my $jobs = $dumps % 2 ? 2 : 1;
	$node->command_ok([ 'pg_dump', '-d', $node->connstr('postgres'), '-Fd', '-j', $jobs, '-f', "$file.$dumps" ], "dump $dumps is made");
	$node->safe_psql('template1', 'CREATE DATABASE copy');
	$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', $node->connstr('copy'), '-j', $jobs, "$file.$dumps" ], "dump $dumps is restored");
	sound($node, "dump $dumps", 'copy');
	cmp_ok($node->safe_psql('copy', 'SELECT count(*) FROM kroles.audit_log'), '>', $before, "dump $dumps has changes");
	$node->safe_psql('template1', 'DROP DATABASE copy WITH (FORCE)');
	$dumps++;
});
stop_clients($load);
sound($node, 'after dumps');
figure("dump: $dumps dumps restored, of " . $node->safe_psql('postgres', 'SELECT count(*) FROM kroles.audit_log') . ' changes logged');
done_testing();
