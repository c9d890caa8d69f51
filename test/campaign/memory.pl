# Backends run out of memory at any instant: the operating system refuses one of them more than it has, for a moment. The
# statement ends (53200), the session goes on.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Load;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $refused = 0;
in_rounds(sub {
	my ($round, $seconds) = @_;
	my $node = start_random_portal("memory_$round", conf => 'log_min_messages = warning');
	my $load = start_clients($node, 8, seconds => $seconds);
	sleep 2;
	my @backends = split /\n/, $node->safe_psql('postgres', q{SELECT pid FROM pg_stat_activity WHERE usename = 'app'});
	my $end = time + $seconds - 4;
	while (time < $end)
	{
		# (the limit is on data, which has no part in the stack: a stack that can't grow is a crash of any program)
		my $pid = $backends[ rand @backends ];
		my ($data) = slurp_file("/proc/$pid/status") =~ /^VmData:\s+(\d+) kB/m;
		system 'prlimit', '--pid', $pid, sprintf '--data=%d:', $data * 1024 + int rand 100_000;
		sleep rand 0.3;
		system 'prlimit', '--pid', $pid, '--data=unlimited:';
	}
	end_clients($load, '53200');
	sound($node, 'after memory was short');
	my $in_round = refusals($load, '53200');
	cmp_ok($in_round, '>', 0, 'memory was refused');
	$refused += $in_round;
	$node->stop;
});
figure("memory: refused $refused times");
done_testing();
