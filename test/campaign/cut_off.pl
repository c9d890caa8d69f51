# Statements cut off at any instant, by being cancelled and by running into a short statement_timeout: the sessions go on, and
# remember nothing that was not to be.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Load;
use Test::More;

my $cut = 0;
in_rounds(sub {
	my ($round, $seconds) = @_;
	my $node = start_random_portal("cut_off_$round", conf => 'log_min_messages = warning');
	my $load = start_clients($node, 8, seconds => $seconds, options => [ '', '-c statement_timeout=3', '', '-c statement_timeout=20' ]);
	$node->safe_psql('postgres', sprintf <<'END', $seconds - 4);
DO $$
BEGIN
    WHILE clock_timestamp() < now() + interval '%d seconds' LOOP
        PERFORM pg_stat_clear_snapshot(),
            (SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE usename = 'app' AND state = 'active' AND wait_event IS DISTINCT FROM 'advisory' ORDER BY random() LIMIT 1),
            pg_sleep(random() * 0.02);
    END LOOP;
END $$
END
	# (a ROLLBACK may be cut off, too)
	end_clients($load, '57014', '25P02');
	sound($node, 'after statements were cut off');
	my $in_round = refusals($load, '57014');
	cmp_ok($in_round, '>', $seconds, 'statements were cut off');
	$cut += $in_round;
	$node->stop;
});
figure("cut off: $cut statements");
done_testing();
