# A real pooler: pgbouncer in transaction mode shares three server connections among twenty people. Nobody ever sees another's
# rows, and a client without a token, or with an invalid one, never has the identity of the client before.
use strict;
use warnings;

use Digest::SHA qw(hmac_sha256);
use FindBin;
use lib "$FindBin::RealBin/lib";
use IPC::Run qw(start timeout);
use MIME::Base64 qw(encode_base64url);
use Portal;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $people = 20;
my $rounds = 8;
my $secret = 'a secret of the tests, 32 bytes.';

sub token
{
	my ($login, $expires) = @_;
	my $text = encode_base64url('{"alg":"HS256"}') . '.' . encode_base64url(sprintf '{"sub":"%s","exp":%d}', $login, $expires // 4102444800);
	return "$text." . encode_base64url(hmac_sha256($text, $secret));
}

# ---- A portal in which each person sees as many media as their number says, and nobody the same ----
my $node = start_node('pooled');
$node->safe_psql('postgres', <<"END");
CREATE EXTENSION kroles;
CREATE ROLE app LOGIN;
CREATE ROLE gateway LOGIN;
SELECT kroles_grant_access(role), NULL FROM unnest('{app, gateway}'::name[]) AS role;
SELECT kroles_trust_gateway('gateway');
INSERT INTO kroles.signing_keys (kid, algorithm, key) VALUES ('main', 'HS256', '$secret');
UPDATE kroles.settings SET token_leeway = '0';
INSERT INTO kroles.users (id, login, applicative_role) SELECT n, 'person ' || n, 'private_only' FROM generate_series(1, $people) AS n;
INSERT INTO kroles.media (type, name, owner_id) SELECT CASE f WHEN 1 THEN 'room' ELSE 'video' END::kroles.media_type, 'film ' || f || ' of ' || n, n FROM generate_series(1, $people) AS n, generate_series(1, n) AS f;
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) SELECT n, 'channel', 'private', 'channel of ' || n, n FROM generate_series(1, $people) AS n;
INSERT INTO kroles.events (id, name, created_by) SELECT n, 'event of ' || n, n FROM generate_series(1, $people) AS n;
CREATE SEQUENCE turns;
GRANT USAGE ON turns TO PUBLIC;
END

# ---- pgbouncer ----
$ENV{PATH} .= ':/usr/sbin:/usr/local/sbin';
my $dir = PostgreSQL::Test::Utils::tempdir_short();
my $port = PostgreSQL::Test::Cluster::get_free_port();
my $log = "$PostgreSQL::Test::Utils::log_path/pgbouncer.log";
my $to = sprintf 'host=%s port=%d dbname=postgres', $node->host, $node->port;
append_to_file("$dir/pgbouncer.ini", <<"END");
[databases]
app = $to user=app pool_size=3
gateway = $to user=gateway pool_size=3
single = $to user=app pool_size=1
[pgbouncer]
pool_mode = transaction
auth_type = any
listen_port = $port
unix_socket_dir = $dir
logfile = $log
max_client_conn = 100
END
my $pgbouncer = start([ 'pgbouncer', '-q', "$dir/pgbouncer.ini" ], '<', \undef, '>', '/dev/null', '2>', '/dev/null');
END
{
	local $?;
	$pgbouncer->kill_kill if $pgbouncer;
}

# Starts a client of the pooler with a script, in a file so that nobody has to feed it; what it prints and its errors go
# together to a file.
my $clients = 0;

sub client
{
	my ($database, $script) = @_;
	my $file = "$dir/" . $clients++;
	append_to_file("$file.sql", $script);
	my $psql = start([ $node->installed_command('psql'), '-XAtq', '-v', 'VERBOSITY=sqlstate', '-h', $dir, '-p', $port, '-d', $database, '-f', "$file.sql" ],
		'<', \undef, '>', "$file.out", '2>&1', timeout(60));
	return { psql => $psql, out => "$file.out" };
}

# What a client has printed, once it is done.
sub told
{
	my ($client) = @_;
	$client->{psql}->finish;
	return slurp_file($client->{out}) =~ s/^psql:\S+ (?=ERROR|WARNING)//mgr;
}

sub answer
{
	my $told = told(client(@_));
	chomp $told;
	return $told;
}

my $wait_until = time + 10;
sleep 0.05 until answer('app', 'SELECT 1;') eq '1' || time > $wait_until;
is(answer('app', 'SELECT 1;'), '1', 'pgbouncer is there');

# ---- Twenty people at once ----
# Who asks and what is seen, in one line; and where in the course of things, told by "turn".
my $ask = <<'END';
SELECT coalesce('person ' || kroles_current_user(), 'nobody') || ', ' || count(*) || ' media, ' || count(DISTINCT owner_id) || ' owner, own channel: '
    || kroles_can('manage', 'channel', kroles_current_user()) FROM kroles.media;
SELECT 'turn', nextval('turns'), pg_backend_pid();
END
my $nobody = "nobody, 0 media, 0 owner, own channel: false\n";

# Each has an event, and a room that they join and leave; the room's owner sees who is in it.
my $join = "SELECT kroles_room_join(id) FROM kroles.media WHERE type = 'room';";
my $leave = "SELECT kroles_room_leave(id) IS NULL FROM kroles.media WHERE type = 'room';";
my $inside = "SELECT count(DISTINCT user_id) FILTER (WHERE left_at IS NULL), (SELECT count(*) FROM kroles.events), (SELECT count(*) FROM kroles.event_participants) FROM kroles.room_participants;";
my $host = "{contribute,moderate,manage,join_room,start_room,moderate_room,moderate_chat,present,interact}\n";

# What a person does in a round, and what they must be told: in an order of their own.
sub round
{
	my ($n, $state) = @_;
	my $self = "person $n, $n media, 1 owner, own channel: true\n";
	my ($expired, $forged) = (token("person $n", 1), token("person $n") =~ s/.{9}$/AAAAAAAAA/r);
	# the statement that logs in, and what it says in a transaction and outside
	my ($in, $said, $outside) = $state->{login}->($n);
	my @acts = (
		[ "BEGIN; $in $ask COMMIT;", "$said$self" ],
		[ "BEGIN; $in $ask ROLLBACK;", "$said$self" ],
		[ "BEGIN; $in SELECT pg_sleep(0.001) IS NULL; $ask COMMIT; $ask", "${said}f\n$self$nobody" ],
		[ $ask, $nobody ],
		[ "BEGIN; $ask $in $ask COMMIT;", "$nobody$said$self" ],
		[ "BEGIN; $in $ask SELECT 1 / 0; ROLLBACK; $ask", "$said${self}ERROR:  22012\n$nobody" ],
		[ "BEGIN; $in SAVEPOINT s; SELECT 1 / 0; ROLLBACK TO s; $ask COMMIT; $ask", "${said}ERROR:  22012\n$self$nobody" ],
		[ "$in $ask", "$outside$nobody" ],
		[ "BEGIN; $in UPDATE kroles.media SET name = name || ''; SELECT count(*) > 0 FROM kroles.audit_log; SELECT count(*) FROM kroles.audit_log WHERE actor <> $n; COMMIT; $ask", "${said}t\n0\n$nobody" ],
		[ "BEGIN; $in INSERT INTO kroles.media (name) VALUES ('x') RETURNING owner_id; ROLLBACK; $ask", "$said$n\n$nobody" ],
		[ "BEGIN; $in $leave $join $inside COMMIT; $inside SELECT kroles_room_join(1);", "${said}f\n${host}1|1|1\n0|0|0\nERROR:  28000\n" ],
		[ "BEGIN; $in $join $leave $inside ROLLBACK; $inside $join", "$said${host}f\n0|1|1\n0|0|0\n" ]);
	push @acts,
	  [ "SELECT kroles_login('$expired'); $ask", "ERROR:  28000\n$nobody" ],
	  [ "BEGIN; SELECT kroles_login('$forged'); $ask COMMIT; $ask", "ERROR:  28000\n" . "ERROR:  25P02\n" x 2 . $nobody ],
	  [ "BEGIN; SET LOCAL kroles.token = '$expired'; SELECT count(*) FROM kroles.media; ROLLBACK; $ask", "ERROR:  28000\n$nobody" ]
	  if $state->{tokens};
	my @order = sort { ($a * 7919 + $n * 104729 + $state->{round} * 1299709) % 1009 <=> ($b * 7919 + $n * 104729 + $state->{round} * 1299709) % 1009 } 0 .. $#acts;
	return (join('', map { "$acts[$_][0]\n" } @order), join('', map { $acts[$_][1] } @order));
}

# All at once: what each is told must be, from first to last, what they must be told.
sub everybody
{
	my ($database, %state) = @_;
	my (@script, @expected, @out, @clients);
	for my $n (1 .. $people)
	{
		($script[$n], $expected[$n]) = ('', '');
		for my $round (1 .. $rounds)
		{
			my ($acts, $told) = round($n, { %state, round => $round });
			$script[$n] .= $acts;
			$expected[$n] .= $told;
		}
	}
	push @clients, client($database, $script[$_]) for 1 .. $people;
	$out[$_] = told($clients[ $_ - 1 ]) for 1 .. $people;
	my (%served, @turns);
	for my $n (1 .. $people)
	{
		while ($out[$n] =~ s/^turn\|(\d+)\|(\d+)\n//m)
		{
			push @turns, [ $1, $2, $n ];
			$served{$2}{$n} = 1;
		}
		is($out[$n], $expected[$n], "$database: person $n is told their own and nothing else, " . ($expected[$n] =~ tr/\n//) . ' times');
	}
	cmp_ok(scalar keys %served, '<=', 3, "$database: on three server connections");
	is((grep { keys %$_ < $people / 2 } values %served), 0, "$database: each of them served half of the people or more");
	my (%last, $changes);
	for my $turn (sort { $a->[0] <=> $b->[0] } @turns)
	{
		$changes++ if ($last{ $turn->[1] } // $turn->[2]) != $turn->[2];
		$last{ $turn->[1] } = $turn->[2];
	}
	cmp_ok($changes, '>', @turns / 10, "$database: and went from one to another $changes times");
	return;
}

everybody('app', tokens => 1, login => sub { ("SELECT kroles_login('" . token("person $_[0]") . "');", "$_[0]\n", "$_[0]\n") });
everybody('gateway', login => sub {
	my ($n) = @_;
	return ("SET LOCAL kroles.\"user\" = 'person $n';", '', "WARNING:  25P01\n") if $n % 2;
	return ("SET LOCAL request.jwt.claims = '{\"sub\": \"person $n\"}';", '', "WARNING:  25P01\n");
});

# ---- One server connection, one client after the other ----
# Each of these uses the connection, and is gone; the next one, who says nothing, gets the same connection.
my $good = token('person 7');
my $seven = 'person 7, 7 media, 1 owner, own channel: true';
my $who = $ask =~ s/SELECT 'turn'.*//sr;
chomp(my $anonymous = $nobody);
is(answer('single', "BEGIN; SELECT kroles_login('$good'); $who COMMIT;"), "7\n$seven", 'one connection: person 7');
my %before = (
	'COMMIT' => "BEGIN; SELECT kroles_login('$good'); COMMIT;",
	'ROLLBACK' => "BEGIN; SELECT kroles_login('$good'); ROLLBACK;",
	'an error, and no ROLLBACK' => "BEGIN; SELECT kroles_login('$good'); SELECT 1 / 0;",
	'no COMMIT' => "BEGIN; SELECT kroles_login('$good'); $who",
	'a savepoint' => "BEGIN; SAVEPOINT s; SELECT kroles_login('$good'); RELEASE s; COMMIT;",
	'a statement prepared' => "BEGIN; SELECT kroles_login('$good'); PREPARE seen AS SELECT count(*) FROM kroles.media; EXECUTE seen; COMMIT;",
	'PREPARE TRANSACTION' => "BEGIN; SELECT kroles_login('$good'); PREPARE TRANSACTION 'x';",
	'SET LOCAL of a token that is not valid' => "BEGIN; SET LOCAL kroles.token = 'x'; $who COMMIT;");
for my $how (sort keys %before)
{
	answer('single', $before{$how});
	is(answer('single', $who), $anonymous, "one connection: nobody, after person 7 and $how");
	is(answer('single', 'EXECUTE seen;'), $how =~ /prepared/ ? '0' : 'ERROR:  26000', "one connection: nothing prepared shows person 7's, after $how");
	answer('single', 'DEALLOCATE seen;') if $how =~ /prepared/;
}
{
	# a client that dies in the middle
	my $dying = client('single', "BEGIN; SELECT kroles_login('$good'); SELECT pg_sleep(60);");
	sleep 0.05 until slurp_file($dying->{out}) =~ /^7$/m;
	$dying->{psql}->kill_kill;
	is(answer('single', $who), $anonymous, 'one connection: nobody, after person 7 has died in the middle');
}
{
	# a token that expires between two transactions, and in the middle of one
	my $expires = int(time) + 2;
	my $brief = token('person 7', $expires);
	is(answer('single', "BEGIN; SELECT kroles_login('$brief'); $who COMMIT;"), "7\n$seven", 'one connection: person 7, with a token for two seconds');
	is(answer('single', "BEGIN; SELECT kroles_login('$brief'); SELECT pg_sleep($expires - extract(epoch FROM clock_timestamp()) + 0.1) IS NULL; $who ROLLBACK; $who"),
		"7\nf\nERROR:  28000\n$anonymous", 'one connection: the token expires in the middle, then nobody');
	is(answer('single', "BEGIN; SELECT kroles_login('$brief'); $who ROLLBACK; $who"), "ERROR:  28000\nERROR:  25P02\n$anonymous", 'one connection: the expired token again, then nobody');
	is(answer('single', $who), $anonymous, 'one connection: nobody, after the expired token');
}

# ---- What a pooler in transaction mode leaves ----
# SET without LOCAL is the connection's, and so the next client's: the README says to use kroles_login() or SET LOCAL.
answer('single', "SET kroles.token = '$good';");
is(answer('single', $who), $seven, 'left open: SET, without LOCAL, in transaction mode makes the next client person 7');
answer('single', 'DISCARD ALL;');
is(answer('single', $who), $anonymous, 'one connection: nobody, after DISCARD ALL');

done_testing();
