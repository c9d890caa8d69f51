# Changes of rights that many transactions record at the same time, in every isolation level, also across a crash: applied one
# after another, in the order of their ids, to what was at first, they give what is at the end.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Portal;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_portal('recorded', conf => "max_prepared_transactions = 5\nrestart_after_crash = on");
my $pgbench = $node->config_data('--bindir') . '/pgbench';
$node->safe_psql('postgres', <<'END');
INSERT INTO kroles.users (id, login, applicative_role, administrator)
    SELECT n, 'user ' || n, (ARRAY['viewer', 'private_only', 'admin'])[1 + n % 3]::kroles.applicative_role, n = 8 FROM generate_series(1, 8) AS n;
INSERT INTO kroles.groups (id, name) SELECT n, 'group ' || n FROM generate_series(1, 3) AS n;
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) SELECT n, 'channel', 'private', 'channel ' || n, n FROM generate_series(1, 3) AS n;
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, parent_id, inherits_members)
    SELECT n, 'gallery', 'private', 'gallery ' || n, 1, nullif(n - 1, 3), n > 4 FROM generate_series(4, 6) AS n;
INSERT INTO kroles.media (id, type, name, owner_id) SELECT n, CASE n % 2 WHEN 0 THEN 'room' ELSE 'video' END::kroles.media_type, 'media ' || n, 1 + n % 7 FROM generate_series(1, 8) AS n;
INSERT INTO kroles.events (id, name, created_by) VALUES (1, 'event', 1);
INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (1, 2), (1, 3);
CREATE VIEW rights AS
    SELECT u.id AS user_id, o.kind, o.id, r AS action
    FROM (SELECT id FROM kroles.users UNION ALL SELECT NULL) AS u,
         (SELECT 'site' AS kind, NULL AS id UNION ALL SELECT kind::text, id FROM kroles.spaces UNION ALL SELECT 'event', id FROM kroles.events
          UNION ALL SELECT kind, id FROM kroles.media, unnest('{media, room}'::text[]) AS kind) AS o,
         LATERAL unnest(kroles_rights(o.kind::kroles.object_kind, o.id, u.id)) AS r;
CREATE TABLE at_first AS TABLE rights;
UPDATE kroles.settings SET record_access_changes = true;
END

# A transaction makes two of these changes.
my @changes = (
	'INSERT INTO kroles.group_members (group_id, user_id) VALUES (:g, :u) ON CONFLICT DO NOTHING',
	'DELETE FROM kroles.group_members WHERE group_id = :g AND user_id = :u',
	"INSERT INTO kroles.space_members (space_id, group_id, role) VALUES (:s, :g, 'moderator') ON CONFLICT DO NOTHING",
	'INSERT INTO kroles.space_members (space_id, user_id) VALUES (:s, :u) ON CONFLICT DO NOTHING',
	'DELETE FROM kroles.space_members WHERE space_id = :s AND (group_id = :g OR user_id = :u)',
	"UPDATE kroles.spaces SET type = CASE type WHEN 'private' THEN 'restricted' ELSE 'private' END::kroles.space_type WHERE id = :s",
	'UPDATE kroles.spaces SET inherits_members = NOT inherits_members WHERE id = 6',
	'INSERT INTO kroles.publications (media_id, space_id) VALUES (:m, :s) ON CONFLICT DO NOTHING',
	'DELETE FROM kroles.publications WHERE media_id = :m AND space_id = :s',
	"INSERT INTO kroles.media_collaborators (media_id, group_id, permission) VALUES (:m, :g, 'editor') ON CONFLICT DO NOTHING",
	'DELETE FROM kroles.media_collaborators WHERE media_id = :m',
	"INSERT INTO kroles.event_participants (event_id, group_id, role) VALUES (1, :g, 'moderator') ON CONFLICT DO NOTHING",
	'DELETE FROM kroles.event_participants WHERE group_id = :g',
	'UPDATE kroles.users SET blocked = NOT blocked WHERE id = :u AND id > 3 AND id < 8');
my $dir = PostgreSQL::Test::Utils::tempdir();

# Runs the changes by several clients; returns how often a transaction was tried again.
sub run_clients
{
	my ($transactions, $seed) = @_;
	my @files;
	for my $i (0 .. $#changes)
	{
		my $level = ('READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE')[$i % 3];
		my $other = $changes[ ($i * 5 + 3) % @changes ];
		append_to_file("$dir/$i", <<"END") unless -e "$dir/$i";
\\set g random(1, 3)
\\set u random(1, 8)
\\set s random(1, 6)
\\set m random(1, 8)
BEGIN ISOLATION LEVEL $level;
$changes[$i];
SAVEPOINT here;
UPDATE kroles.users SET administrator = NOT administrator WHERE id = 7;
ROLLBACK TO here;
$other;
COMMIT;
END
		push @files, '-f', "$dir/$i";
	}
	local %ENV = (%ENV, PGHOST => $node->host, PGPORT => $node->port);
	my ($told, $errors);
	my $ok = run_log([ $pgbench, '-n', '-c', 4, '-j', 2, '-t', $transactions, '--max-tries=100', "--random-seed=$seed", @files, 'postgres' ],
		'>', \$told, '2>', \$errors);
	ok($ok, "the clients make their changes, $seed") or diag $told, $errors;
	like($told, qr/number of failed transactions: 0 /, "none gives up, $seed");
	return;
}

sub compare
{
	my ($when) = @_;
	my $wrong = $node->safe_psql('postgres', <<'END');
WITH changes AS (
    SELECT user_id, kind::text, object_id AS id, action::text, allowed, c.id AS n FROM kroles.access_changes c
), steps AS (
    SELECT c.*, lag(allowed) OVER (PARTITION BY user_id, kind, id, action ORDER BY n) AS was FROM changes c
), at_the_end AS (
    SELECT DISTINCT ON (user_id, kind, id, action) user_id, kind, id, action, allowed FROM changes ORDER BY user_id, kind, id, action, n DESC
), expected AS (
    (TABLE at_first EXCEPT SELECT user_id, kind, id, action FROM at_the_end) UNION ALL SELECT user_id, kind, id, action FROM at_the_end WHERE allowed
)
SELECT 'a step that changes nothing', s::text FROM steps s WHERE allowed = coalesce(was, EXISTS (
    SELECT FROM at_first a WHERE (a.user_id, a.kind, a.id, a.action) IS NOT DISTINCT FROM (s.user_id, s.kind, s.id, s.action)))
UNION ALL SELECT 'missing', m::text FROM (TABLE rights EXCEPT TABLE expected) AS m
UNION ALL SELECT 'too many', m::text FROM (TABLE expected EXCEPT TABLE rights) AS m LIMIT 10
END
	is($wrong, '', "$when: what was recorded gives what is");
	return;
}

run_clients(40, 1);
compare('many at once');
cmp_ok($node->safe_psql('postgres', 'SELECT count(DISTINCT txid) FROM kroles.access_changes'), '>', 30, 'by many transactions');

# one is prepared, another is open, when the server crashes
$node->safe_psql('postgres', q{BEGIN; DELETE FROM kroles.space_members; PREPARE TRANSACTION 'p'});
$node->stop('immediate');
$node->start;
compare('after a crash');
my ($code, $out, $error) = $node->psql('postgres', q{SET lock_timeout = '200ms'; DELETE FROM kroles.publications; INSERT INTO kroles.publications (media_id, space_id) VALUES (1, 1)});
like($error, qr/lock timeout/, 'the prepared transaction still holds up others that record');
compare('which changed nothing');
$node->safe_psql('postgres', q{COMMIT PREPARED 'p'});
compare('when it is committed');
run_clients(20, 2);
compare('and many more');

# who listens, and stays in a transaction, lets the queue of notices fill up: then there is none, and the changes are made
SKIP:
{
	skip 'the size of the queue is fixed before PostgreSQL 17', 2 if $node->pg_version < 17;
	$node->append_conf('postgresql.conf', 'max_notify_queue_pages = 64');
	$node->restart;
	my $listener = $node->background_psql('postgres');
	$listener->query_safe('LISTEN noise');
	$listener->query_safe('BEGIN');
	my $full;
	(undef, undef, $full) = $node->psql('postgres', q{SELECT pg_notify('noise', repeat(gen_random_uuid()::text, 200))}) for 1 .. 80;
	like($full, qr/NOTIFY queue/, 'the queue is full');
	$node->safe_psql('postgres', 'DELETE FROM kroles.publications; INSERT INTO kroles.publications (media_id, space_id) VALUES (1, 1)');
	$node->safe_psql('postgres', 'DELETE FROM kroles.publications');
	compare('when nobody can be told');
	$listener->quit;
}
done_testing();
