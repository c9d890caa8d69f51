# Random SQL that sqlsmith makes from the catalog, as persons, while others work: no crash, and no error that says that the
# program is at fault.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Load;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'sqlsmith is not installed' if system('command -v sqlsmith >/dev/null') != 0;
my $node = start_random_portal('sqlsmith', conf => "work_mem = '16MB'\ntemp_file_limit = '1GB'\nlog_error_verbosity = verbose");
# (a lock that is released and not held is a warning like that of a lock left behind)
$node->safe_psql('postgres', "REVOKE EXECUTE ON FUNCTION $_ FROM PUBLIC")
	foreach map { ("pg_advisory_unlock$_(bigint)", "pg_advisory_unlock$_(integer, integer)") } '', '_shared';
my $load = start_clients($node, 2);
my ($queries, $run) = (0, 0);
until_over(sub {
	my $person = 1 + ++$run * 7 % 40;
	my $target = $node->connstr('postgres') . " user=app options='-c kroles.user=u$person -c statement_timeout=2s'";
	my ($out, $err) = run_command([ 'timeout', '60', 'sqlsmith', "--target=$target", '--exclude-catalog', '--max-queries=2000', "--seed=$run", '--verbose' ]);
	my @counts = "$out\n$err" =~ /^queries: (\d+)/mg;
	$queries += $counts[-1] // 0;
});
stop_clients($load);
cmp_ok($queries, '>', 0, 'there were queries');
# (PostgreSQL's own: a literal of no type in a CASE; and what functions of its types say of values that only they make)
my (@faults, $fault);
foreach my $line (split /\n/, slurp_file($node->logfile))
{
	$fault = $line if $line =~ /^XX\S* \d+ ERROR/;
	next unless $fault && $line =~ /^XX\S* \d+ LOCATION: .* (\S+\.c):\d+/;
	push @faults, "$fault ($1)" unless $1 =~ /^(numeric|timestamp)\.c$/ || $fault =~ /failed to find conversion function from unknown to text/;
	$fault = undef;
}
is(join("\n", splice @faults, 0, 20), '', 'no internal error');
unlike(slurp_file($node->logfile), qr/terminated by signal/, 'no crash');
sound($node, 'after random SQL');
figure("sqlsmith: about $queries statements in $run runs");
done_testing();
