# kroles.identity_by = 'set local': only the command SET LOCAL states who asks. Whatever else states it is an error, never somebody
# else and never nobody, and parallel workers know what their leader knows.
use strict;
use warnings;

use Digest::SHA qw(hmac_sha256);
use FindBin;
use lib "$FindBin::RealBin/lib";
use MIME::Base64 qw(encode_base64url);
use Portal;
use Session;
use Test::More;

my $node = start_portal('node', conf => "session_preload_libraries = 'kroles'\nkroles.identity_by = 'set local'");
my $key = 'a secret of more than thirty-two bytes';
$node->safe_psql('postgres', <<"END");
INSERT INTO kroles.signing_keys (kid, algorithm, key) VALUES ('k', 'HS256', '$key');
INSERT INTO kroles.users (id, login, applicative_role, db_role) VALUES (1, 'olga', 'admin', NULL), (2, 'pia', 'viewer', NULL), (3, 'carl', 'viewer', 'carl');
CREATE ROLE web LOGIN;
CREATE ROLE carl LOGIN;
SELECT kroles_grant_access('web'), kroles_grant_access('carl');
INSERT INTO kroles.media (id, name, owner_id) SELECT n, 'film ' || n, 2 FROM generate_series(1, 3000) AS n;
ANALYZE kroles.media;
END

my $signed = join '.', map { encode_base64url($_) } '{"alg":"HS256","kid":"k"}', '{"sub":"pia","iat":1700000000,"exp":9999999999}';
my $token = join '.', $signed, encode_base64url(hmac_sha256($signed, $key));
my $who = 'SELECT kroles_current_user()';
my %error = map { $_ => "ERROR:  $_" } qw(28000 42501);

sub as
{
	my ($role, $sql, $expected, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is(Session->new($node, role => $role)->ask($sql), $expected, $what);
	return;
}

as('web', "BEGIN; SET LOCAL kroles.token = '$token'; $who; SAVEPOINT s; $who; COMMIT", '2 2', 'SET LOCAL of a token');
as('web', "BEGIN; SET LOCAL kroles.token = '$token'; COMMIT; $who", '', 'and after the transaction nobody');
as('app', qq{BEGIN; SET LOCAL kroles."user" = 'pia'; $who; SET LOCAL KROLES."USER" = 'olga'; $who; COMMIT}, '2 1', 'of a gateway\'s user');
as('web', "SET kroles.token = '$token'; $who", $error{28000}, 'SET');
as('web', "SELECT set_config('kroles.token', '$token', $_) <> ''; $who", $_ eq 'true' ? 't' : "t $error{28000}", "set_config(…, $_) outside a transaction")
  for qw(true false);
as('web', "BEGIN; SELECT set_config('kroles.token', '$token', $_) <> ''; $who; ROLLBACK", "t $error{28000}", "set_config(…, $_)") for qw(true false);
as('web', "SELECT kroles_login('$token')", $error{28000}, 'kroles_login()');
as('web', "BEGIN; SELECT kroles_login('$token'); ROLLBACK; $who", $error{28000}, 'in a transaction too, and it leaves nothing');
as('app', qq{SET kroles."user" = 'pia'; $who}, $error{28000}, 'SET of a gateway\'s user');
as('app', qq{BEGIN; SELECT set_config('request.jwt.claims', '{"sub": "pia"}', true) <> ''; $who; ROLLBACK}, "t $error{28000}", 'claims of PostgREST');
as('app', qq{BEGIN; SET LOCAL request.jwt.claims = '{"sub": "pia"}'; $who; ROLLBACK}, $error{28000}, 'however they are set');
as('carl', $who, '3', 'the login role is the same on every server');

# What a savepoint puts back is what it was
as('app', qq{BEGIN; DO 'BEGIN SET LOCAL kroles."user" = pia; END'; $who; ROLLBACK}, $error{28000}, 'by SET LOCAL inside a DO block');
as('web', "BEGIN; SET LOCAL kroles.token = '$token'; SAVEPOINT s; SELECT set_config('kroles.token', '$token', true) <> ''; SAVEPOINT t; $who; ROLLBACK TO s; $who; COMMIT",
	"t $error{28000} 2", 'set otherwise within a savepoint, and rolled back');
as('web', "SET kroles.token = '$token'; BEGIN; SET LOCAL kroles.token = '$token'; $who; COMMIT; $who", "2 $error{28000}", 'a token of the session is an error again after the transaction');
is($node->psql('postgres', $who, connstr => $node->connstr('postgres') . qq{ options='-c kroles.token=$token'}, extra_params => [ '-U', 'web' ], on_error_stop => 1), 3,
	'a connection option');

# Nobody but a superuser changes it
as('web', "SET kroles.identity_by = 'any'", $error{42501}, 'people cannot allow another way');
as('web', "SELECT set_config('kroles.identity_by', 'any', false)", $error{42501}, 'nor by a function');
my $both = Session->new($node);
is($both->ask(qq{SET kroles.identity_by = 'any'; SELECT kroles_login('$token'); SET kroles.token = '$token'; $who; SET kroles.identity_by = 'set local'; $who}),
	"2 2 $error{28000}", 'where the setting changes, who asks is found out again');

# Parallel workers, by whom all rows come
my $parallel = join '; ', map { "SET $_" } 'parallel_setup_cost = 0', 'parallel_tuple_cost = 0', 'min_parallel_table_scan_size = 0',
	'parallel_leader_participation = off', map { "$_ = off" } qw(enable_indexscan enable_indexonlyscan enable_bitmapscan);
my $count = 'SELECT count(*) FROM kroles.media';
my $web = Session->new($node, role => 'web');
my $plan = $web->ask("$parallel; BEGIN; SET LOCAL kroles.token = '$token'; EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) $count; $count; COMMIT");
like($plan, qr/Workers Launched: [1-9].* 3000$/, 'workers know who asks');
is($web->ask("SET kroles.token = '$token'; $count"), $error{28000}, 'and are not started for who was stated otherwise');

# Without the library loaded first, a command that came before it does not count
my $late = start_portal('late', conf => "kroles.identity_by = 'set local'");
is(Session->new($late, role => 'app')->ask(qq{BEGIN; SET LOCAL kroles."user" = 'pia'; $who}), $error{28000}, 'set before the library was loaded');

done_testing();
