# Crashes under load: of the whole server (stopped at once), of its first process, and of one backend. After each recovery
# what is stored is sound, and what had been committed is in the log.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Load;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

my $node = start_random_portal('crash', conf => "restart_after_crash = on\ncheckpoint_timeout = 30s");
my %times = map { $_ => 0 } qw(stopped killed backend);
my @ways = (
	[ stopped => sub { $node->stop('immediate'); $node->start } ],
	[ killed => \&kill_and_start ],
	[ backend => sub { kill 'KILL', $node->safe_psql('postgres', q{SELECT pid FROM pg_stat_activity WHERE usename = 'app' ORDER BY random() LIMIT 1}); sleep 1 } ]);

# The processes of a server whose first one is killed end when they notice; only then can it be started again.
sub kill_and_start
{
	my ($first) = slurp_file($node->data_dir . '/postmaster.pid') =~ /^(\d+)/;
	my @others = split ' ', `pgrep -P $first`;
	$node->kill9;
	for (1 .. 600)
	{
		last unless kill 0, @others;
		sleep 0.1;
	}
	$node->start;
	return;
}

my $changes = $node->safe_psql('postgres', 'SELECT count(*) FROM kroles.audit_log');
until_over(sub {
	my ($name, $crash) = @{ $ways[ ($times{stopped} + $times{killed} + $times{backend}) % @ways ] };
	my $load = start_clients($node, 6);
	sleep 3 + rand 5;
	$crash->();
	$node->poll_query_until('postgres', 'SELECT true');
	sleep rand 1;
	stop_clients($load);
	sound($node, "$name " . ++$times{$name});
	my $now = $node->safe_psql('postgres', 'SELECT count(*) FROM kroles.audit_log');
	cmp_ok($now, '>', $changes, 'changes were committed');
	$changes = $now;
});
figure("crash: server stopped at once $times{stopped} times, its first process killed $times{killed} times, a backend killed $times{backend} times; $changes changes logged");
done_testing();
