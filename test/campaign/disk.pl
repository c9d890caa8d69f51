# The disk with the tables is full from time to time: what can't be written is refused (53100) and nothing is half-written.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Load;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $disk = $ENV{KROLES_SMALL_DISK} or plan skip_all => 'a small disk takes root, who can mount one';
my ($fillings, $refused, $filler) = (0, 0, "$disk/filler");
in_rounds(sub {
	my ($round, $seconds) = @_;
	my $node = start_random_portal("disk_$round", conf => 'log_min_messages = warning');
	mkdir "$disk/tables" or die "$disk: $!";
	$node->safe_psql('template1', "CREATE TABLESPACE small LOCATION '$disk/tables'");
	$node->safe_psql('template1', 'ALTER DATABASE postgres SET TABLESPACE small');
	my $load = start_clients($node, 8, seconds => $seconds);
	my $end = time + $seconds;
	while (time < $end)
	{
		my ($free) = (run_command([ 'df', '--output=avail', '-B1', $disk ]))[0] =~ /(\d+)\s*$/;
		system "fallocate -l $free '$filler' 2>/dev/null || true";
		$fillings++;
		sleep 0.2 + rand 0.8;
		unlink $filler;
		sleep 0.2 + rand 0.3;
	}
	end_clients($load, '53100');
	sound($node, 'after the disk was full');
	my $in_round = refusals($load, '53100');
	cmp_ok($in_round, '>', 0, 'writing was refused');
	$refused += $in_round;
	$node->stop;
	system 'rm', '-rf', "$disk/tables";
});
figure("disk: full $fillings times, writing refused $refused times");
done_testing();
