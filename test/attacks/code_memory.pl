# Robustness: out of memory at any instant of a question; afterwards the session answers as before.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Attack;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('memory');
$node->init;
$node->append_conf('postgresql.conf', "shared_buffers = 1MB\nmax_connections = 10\nfsync = off");
$node->start;

# People with so many grants that reading one takes megabytes. Constraints and triggers are left out of the loading.
$node->safe_psql('postgres', <<'END');
CREATE EXTENSION kroles;
INSERT INTO kroles.users (id, login, applicative_role) SELECT n, 'person ' || n, 'private_only' FROM generate_series(1, 20) AS n;
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES (1, 'channel', 'private', 'x', 1);
ALTER TABLE kroles.space_members DISABLE TRIGGER ALL;
INSERT INTO kroles.space_members (space_id, user_id) SELECT s, u FROM generate_series(1, 10000) AS s, generate_series(2, 20) AS u;
ALTER TABLE kroles.space_members ENABLE TRIGGER ALL;
ANALYZE;
END

# One session, spoken to line by line.
my ($in, $out, $err) = ('', '', '');
my $timer = IPC::Run::timeout(60);
my $psql = IPC::Run::start([ $node->installed_command('psql'), '-XAtq', '-v', 'VERBOSITY=sqlstate', '-d', $node->connstr('postgres') ], '<', \$in, '>', \$out, '2>', \$err, $timer);

# What the session says to a statement, in one line.
sub says
{
	my ($sql) = @_;
	($out, $err) = ('', '');
	$in .= "$sql;\n\\echo done\n";
	$psql->pump until $out =~ /^done$/m;
	return $1 if $err =~ /ERROR: +(\w{5})/;
	return join ' ', grep { $_ ne 'done' } split /\n/, $out;
}

# Lets the session's backend have so many kilobytes of address space more than it has now; without a number, as many as it likes.
sub allow
{
	my ($pid, $more) = @_;
	my $limit = 'unlimited';
	if (defined $more)
	{
		my ($now) = slurp_file("/proc/$pid/status") =~ /^VmSize:\s+(\d+) kB/m;
		$limit = 1024 * ($now + $more);
	}
	system_or_bail('prlimit', '--pid', $pid, "--as=$limit:");
	return;
}

my $pid = says('SELECT pg_backend_pid()');
my $asked = 'SELECT count(*) FROM generate_series(2, 20) AS u WHERE kroles_can(u, $$view$$, $$channel$$, 1)';
says('SET kroles.cache_size = $$1GB$$');
control('0', says('SELECT count(*) FROM generate_series(21, 22) AS u WHERE kroles_can(u, $$view$$, $$channel$$, 1)'), 'the library is loaded');
my $failed = 0;
for my $more (map { 64 * $_ } 0 .. 60)
{
	allow($pid, $more);
	my $answer = says($asked);
	allow($pid);
	$failed++ if $answer eq '53200';
	BAIL_OUT("neither an answer nor out of memory: $answer $err") if $answer ne '53200' && $answer ne '19';
	# the cache is emptied, so that the next one reads again
	says('UPDATE kroles.settings SET allow_anonymous = NOT allow_anonymous') if $answer eq '19';
}
cmp_ok($failed, '>', 3, "control: out of memory $failed times");
attempt('19', says($asked), 'the same question after running out of memory');
attempt('1', says('SELECT count(*) FROM kroles.spaces'), 'rows after running out of memory');

$in .= "\\q\n";
$psql->finish;
done_testing();
