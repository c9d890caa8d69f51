# Between the moment when a commit becomes visible and PostgreSQL's invalidation messages about it, other sessions see the new
# rows and have stale caches. test/modules/commit_window holds that moment open; no session is shown, by any kind of question,
# rows that the transaction published while it revoked the session's rights (the "new enemy" problem).
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Portal;
use PostgreSQL::Test::Utils;
use Session;
use Test::More;

my $node = start_portal('commit_window', conf => "max_prepared_transactions = 5\nautovacuum = off");

# Pia sees one film in each space, each for another reason, 7 and 8 as editor and owner, and 9 and 10 as sessions of events in
# which she, and her group, takes part. Nobody but the owner sees 100.
$node->safe_psql('postgres', <<'END');
CREATE ROLE somebody;
INSERT INTO kroles.users (id, login, applicative_role) VALUES (1, 'olga', 'admin'), (2, 'pia', 'private_only'), (3, 'otto', 'admin');
INSERT INTO kroles.groups (id, name) VALUES (1, 'Biology');
INSERT INTO kroles.group_members (group_id, user_id) VALUES (1, 2);
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, parent_id, inherits_members) VALUES
    (1, 'channel', 'private', 'by a grant of her own', 1, NULL, false), (2, 'channel', 'private', 'through the group', 1, NULL, false),
    (3, 'channel', 'open', 'open to all', 1, NULL, false), (4, 'gallery', 'private', 'a gallery', 1, NULL, false),
    (5, 'gallery', 'private', 'inside it', 1, 4, true), (6, 'channel', 'private', 'owned by her', 2, NULL, false);
INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (1, 2, 'moderator'), (4, 2, 'member');
INSERT INTO kroles.space_members (space_id, group_id, role) VALUES (2, 1, 'moderator');
INSERT INTO kroles.media (id, name, owner_id) SELECT n, 'film', 1 FROM generate_series(1, 7) AS n;
INSERT INTO kroles.media (id, name, owner_id) VALUES (8, 'film', 2), (9, 'film', 1), (10, 'film', 1), (100, 'secret', 1);
INSERT INTO kroles.publications (media_id, space_id) SELECT n, n FROM generate_series(1, 6) AS n;
INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (7, 2, 'editor');
INSERT INTO kroles.events (id, name, created_by) VALUES (1, 'by a row of her own', 1), (2, 'through the group', 1);
INSERT INTO kroles.event_participants (event_id, user_id, group_id, role) VALUES (1, 2, NULL, 'moderator'), (2, NULL, 1, 'attendee');
INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (1, 9), (2, 10);
CREATE TABLE note (media_id bigint PRIMARY KEY, text text);
INSERT INTO note SELECT id, name FROM kroles.media;
GRANT SELECT, UPDATE, DELETE ON note TO app;
SELECT kroles_protect('note', 'media', 'media_id');
CREATE FUNCTION names(film bigint) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    found text;
BEGIN
    SELECT string_agg(name, ' ') INTO found FROM kroles.media WHERE id IN (film, 100);
    RETURN found;
END $$;
CREATE FUNCTION hold_init_file() RETURNS void LANGUAGE c AS 'kroles_commit_window', 'kroles_commit_window_hold_init_file';
END

# ---- What a transaction takes away ----
# What it is; which film Pia loses by it; in which space film 100 is published in the same transaction, if in any; the
# statements; and those that give it back.
my $member = q{INSERT INTO kroles.space_members (space_id, user_id, role) VALUES};
my $moderates_1 = "$member (1, 2, 'moderator')";
my $revoke_1 = 'DELETE FROM kroles.space_members WHERE space_id = 1';
my $session = 'INSERT INTO kroles.event_sessions (event_id, media_id) VALUES';
my $no_session = 'DELETE FROM kroles.event_sessions WHERE media_id =';
my @cases = (
	[ 'she takes part in the event no more', 9, undef, "DELETE FROM kroles.event_participants WHERE user_id = 2; $session (1, 100)",
		"$no_session 100; INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES (1, 2, 'moderator')" ],
	[ 'her group takes part no more', 10, undef, "DELETE FROM kroles.event_participants WHERE group_id = 1; $session (2, 100)",
		"$no_session 100; INSERT INTO kroles.event_participants (event_id, group_id) VALUES (2, 1)" ],
	[ 'she leaves the group that takes part', 10, undef, "DELETE FROM kroles.group_members; $session (2, 100)",
		"$no_session 100; INSERT INTO kroles.group_members (group_id, user_id) VALUES (1, 2)" ],
	[ 'the film is a session no more', 9, undef, "$no_session 9", "$session (1, 9)" ],
	[ 'the event is deleted', 10, undef, 'DELETE FROM kroles.events WHERE id = 2',
		"INSERT INTO kroles.events (id, name, created_by) VALUES (2, 'again', 1); INSERT INTO kroles.event_participants (event_id, group_id) VALUES (2, 1); $session (2, 10)" ],
	[ 'attendees have no right any more', 10, undef, "UPDATE kroles.role_rights SET allowed = false WHERE (kind, role) = ('event', 'attendee'); $session (2, 100)",
		"$no_session 100; UPDATE kroles.role_rights SET allowed = shipped WHERE allowed <> shipped" ],
	[ 'a grant is revoked', 1, 1, $revoke_1, $moderates_1 ],
	[ 'a grant has ended', 1, 1, q{UPDATE kroles.space_members SET expires_at = now() - interval '1 hour' WHERE space_id = 1},
		q{UPDATE kroles.space_members SET expires_at = 'infinity' WHERE space_id = 1} ],
	[ 'she leaves the group', 2, 2, 'DELETE FROM kroles.group_members', 'INSERT INTO kroles.group_members (group_id, user_id) VALUES (1, 2)' ],
	[ 'the group loses its grant', 2, 2, 'DELETE FROM kroles.space_members WHERE space_id = 2',
		q{INSERT INTO kroles.space_members (space_id, group_id, role) VALUES (2, 1, 'moderator')} ],
	[ 'the open channel becomes private', 3, 3, q{UPDATE kroles.spaces SET type = 'private' WHERE id = 3},
		q{UPDATE kroles.spaces SET type = 'open' WHERE id = 3} ],
	[ 'the gallery above loses her', 5, 5, 'DELETE FROM kroles.space_members WHERE space_id = 4', "$member (4, 2, 'member')" ],
	[ 'the sub-gallery inherits no more', 5, 5, 'UPDATE kroles.spaces SET inherits_members = false WHERE id = 5',
		'UPDATE kroles.spaces SET inherits_members = true WHERE id = 5' ],
	[ 'her channel is transferred', 6, 6, 'UPDATE kroles.spaces SET owner_id = 1 WHERE id = 6', 'UPDATE kroles.spaces SET owner_id = 2 WHERE id = 6' ],
	[ 'the film is taken down', 1, undef, 'DELETE FROM kroles.publications WHERE media_id = 1',
		'INSERT INTO kroles.publications (media_id, space_id) VALUES (1, 1)' ],
	[ 'the film moves to another channel', 3, undef,
		'DELETE FROM kroles.publications WHERE media_id = 3; DELETE FROM kroles.space_members WHERE space_id = 1; INSERT INTO kroles.publications (media_id, space_id) VALUES (3, 1)',
		"DELETE FROM kroles.publications WHERE media_id = 3; $moderates_1; INSERT INTO kroles.publications (media_id, space_id) VALUES (3, 3)" ],
	[ 'she edits the film no more', 7, undef, 'DELETE FROM kroles.media_collaborators',
		q{INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (7, 2, 'editor')} ],
	[ 'her film is transferred', 8, undef, 'UPDATE kroles.media SET owner_id = 3 WHERE id = 8', 'UPDATE kroles.media SET owner_id = 2 WHERE id = 8' ],
	[ 'she is blocked', 1, 3, 'UPDATE kroles.users SET blocked = true WHERE id = 2', 'UPDATE kroles.users SET blocked = false WHERE id = 2' ],
	[ 'moderators have no right any more', 1, 1, q{UPDATE kroles.role_rights SET allowed = false WHERE (kind, role) = ('channel', 'moderator')},
		'UPDATE kroles.role_rights SET allowed = shipped WHERE allowed <> shipped' ],
	[ 'the login is a gateway no more', 1, 1, 'DELETE FROM kroles.gateways', q{INSERT INTO kroles.gateways (role) VALUES ('app')} ],
	[ 'it is revoked in a savepoint', 1, 1, "SAVEPOINT s; $revoke_1; RELEASE s", $moderates_1 ],
	[ 'it is revoked after a savepoint was rolled back', 1, 1, "SAVEPOINT s; UPDATE kroles.users SET blocked = true WHERE id > 1; ROLLBACK TO s; $revoke_1", $moderates_1 ]);

sub everything
{
	my ($film, $space, $revoke) = @_;
	return join '; ', $revoke, ($space ? "INSERT INTO kroles.publications (media_id, space_id) VALUES (100, $space)" : ()),
		"UPDATE kroles.media SET name = 'secret' WHERE id = $film", "UPDATE note SET text = 'secret' WHERE media_id = $film";
}

sub back
{
	my ($film, $give_back) = @_;
	return join '; ', 'DELETE FROM kroles.publications WHERE media_id = 100', "UPDATE kroles.media SET name = 'film' WHERE id = $film",
		"UPDATE note SET text = 'film' WHERE media_id = $film", $give_back;
}

# ---- In what ways Pia asks ----
# Each in a session of its own, for the first question of a session sets its memory right. The way; the question (%1$d: the
# film); what it says while she may; what it must say in the held moment.
my $names = q{SELECT string_agg(name, ' ') FROM kroles.media WHERE id IN (%1$d, 100)};
my $names_and_can = q{SELECT string_agg(name, ' '), kroles_can('view', 'media', %1$d) FROM kroles.media WHERE id IN (%1$d, 100)};
my @asked = (
	[ 'SELECT', $names, 'film', '' ],
	[ 'SELECT of everything', q{SELECT count(*) FILTER (WHERE id IN (%1$d, 100) OR name = 'secret') FROM kroles.media}, '1', '0' ],
	[ 'with a generic plan', 'EXECUTE names(%1$d)', 'film', '' ],
	[ 'with custom plans', 'EXECUTE names(%1$d)', 'film', '' ],
	[ 'in plpgsql', 'SELECT names(%1$d)', 'film', '' ],
	[ 'kroles_can of the film', q{SELECT kroles_can('view', 'media', %1$d)}, 't', 'f' ],
	[ 'kroles_can of film 100', q{SELECT kroles_can('view', 'media', 100), %1$d > 0}, 'f|t', 'f|t' ],
	[ 'publications', 'SELECT count(*) FROM kroles.publications WHERE media_id IN (%1$d, 100)', undef, '0' ],
	[ 'a protected table', q{SELECT string_agg(text, ' ') FROM note WHERE media_id IN (%1$d, 100)}, 'film', '' ],
	[ 'FOR SHARE', 'SELECT name FROM kroles.media WHERE id IN (%1$d, 100) FOR SHARE', undef, '' ],
	[ 'FOR UPDATE of a protected table', 'SELECT text FROM note WHERE media_id IN (%1$d, 100) FOR UPDATE', undef, '' ],
	[ 'UPDATE', q{UPDATE kroles.media SET name = name || '!' WHERE id IN (%1$d, 100) RETURNING name}, undef, '' ],
	[ 'DELETE', q{DELETE FROM kroles.media WHERE id IN (%1$d, 100) RETURNING name}, undef, '' ],
	[ 'REPEATABLE READ begun then', "BEGIN ISOLATION LEVEL REPEATABLE READ; $names; COMMIT", 'film', '' ]);
# Those who have a transaction open: how it is opened, and then as above.
my @opened = (
	[ 'a transaction', "BEGIN; $names", $names_and_can, 'film|t', '|f' ],
	[ 'a savepoint', "BEGIN; $names; SAVEPOINT s", $names_and_can, 'film|t', '|f' ],
	[ 'an older REPEATABLE READ', "BEGIN ISOLATION LEVEL REPEATABLE READ; $names", $names_and_can, 'film|t', '|f' ],
	[ 'an older SERIALIZABLE', "BEGIN ISOLATION LEVEL SERIALIZABLE; $names", $names_and_can, 'film|t', '|f' ],
	[ 'an open cursor', 'BEGIN; DECLARE c CURSOR FOR SELECT name FROM kroles.media WHERE id IN (%1$d, 100)', 'FETCH ALL FROM c', 'film', '' ]);
# Statements begun before the commit, which stop at a lock and come to the row in the held moment: they need not wait for the
# row then, and PostgreSQL goes on with its newest version. (FOR KEY SHARE goes on with the version it has found, and so shows
# what it saw before. Of a table that has policies alone, and in MERGE, PostgreSQL asks about the new row first and refuses it.)
my $stop = 'WITH stop AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared(%2$d))';
my @stopped = (
	[ 'FOR UPDATE', "$stop SELECT name FROM kroles.media AS m, stop WHERE id IN (%1\$d, 100) FOR UPDATE OF m" ],
	[ 'FOR KEY SHARE', "$stop SELECT name FROM kroles.media AS m, stop WHERE id IN (%1\$d, 100) FOR KEY SHARE OF m", qr/^(film)?$/ ],
	[ 'FOR SHARE of a protected table', "$stop SELECT text FROM note AS n, stop WHERE media_id IN (%1\$d, 100) FOR SHARE OF n" ],
	[ 'UPDATE', "$stop UPDATE kroles.media SET name = name || '!' FROM stop WHERE id IN (%1\$d, 100) RETURNING name" ],
	[ 'UPDATE of a protected table', "$stop UPDATE note SET text = text || '!' FROM stop WHERE media_id IN (%1\$d, 100) RETURNING text", qr/^(ERROR:  42501)?$/ ],
	[ 'DELETE', "$stop DELETE FROM kroles.media USING stop WHERE id IN (%1\$d, 100) RETURNING name" ],
	[ 'MERGE', "$stop MERGE INTO kroles.media AS m USING stop ON id IN (%1\$d, 100) WHEN MATCHED THEN UPDATE SET name = name || '!'", qr/^(ERROR:  42501)?$/ ]);

my $control = Session->new($node);
my $writer = Session->new($node);
my %pia = map { way($_) => Session->new($node, role => 'app', person => 'pia') } @asked, @opened, @stopped;

# What a way is called; those that stop have names of their own.
sub way
{
	my ($way) = @_;
	return $way->[1] =~ /^WITH stop/ ? "$way->[0], begun before" : $way->[0];
}

for my $session (values %pia)
{
	$session->ask(q{PREPARE names(bigint) AS SELECT string_agg(name, ' ') FROM kroles.media WHERE id IN ($1, 100)});
}
$pia{'with a generic plan'}->ask('SET plan_cache_mode = force_generic_plan');
$pia{'with custom plans'}->ask('SET plan_cache_mode = force_custom_plan');
$writer->ask(q{LOAD 'kroles_commit_window'});

sub asks
{
	my ($way, $question, $film) = @_;
	return $pia{ way($way) }->ask(sprintf $question, $film);
}

# Everybody asks and so remembers; those who begin before the commit begin.
sub before
{
	my ($case, $film) = @_;
	asks($_, $names_and_can, $film) for @asked, @opened, @stopped;
	is(asks($_, $_->[1], $film), $_->[2], "control: before, $_->[0]") for grep { defined $_->[2] } @asked;
	for (@opened)
	{
		is(asks($_, "$_->[1]; $_->[2]; ROLLBACK", $film) =~ s/^film (?=film)//r, $_->[3], "control: before, $_->[0]");
		asks($_, $_->[1], $film);
	}
	for (0 .. $#stopped)
	{
		$control->ask("SELECT pg_advisory_lock($_)");
		$pia{ way($stopped[$_]) }->begin(sprintf $stopped[$_][1], $film, $_);
		$control->await($pia{ way($stopped[$_]) }, qr/^Lock advisory/);
	}
	return;
}

# They ask while the moment lasts. (One after another: two at once at the same row might wait for the whole of the other's
# transaction, and for the end of the moment.)
sub meanwhile
{
	my ($case, $film) = @_;
	is(asks($_, $_->[1], $film), $_->[3], "$case: $_->[0]") for @asked;
	for (@opened)
	{
		is(asks($_, $_->[2], $film), $_->[4], "$case: in $_->[0]");
		asks($_, 'ROLLBACK', $film);
	}
	for (0 .. $#stopped)
	{
		my $way = $stopped[$_];
		$control->ask("SELECT pg_advisory_unlock($_)");
		like($pia{ way($way) }->told, $way->[2] // qr/^$/, "$case: " . way($way));
	}
	return;
}

# One case from first to last. The subroutine commits, and tells who holds the moment and who commits.
sub happens
{
	my ($commit, $case, $film, $space, $revoke, $give_back) = @_;
	before($case, $film);
	is($writer->ask('BEGIN; ' . everything($film, $space, $revoke)), '', "$case: all in one transaction");
	my ($holder, $committer) = $commit->();
	meanwhile($case, $film);
	ok($control->await($holder, qr/^Extension/), "$case: the moment has lasted until here");
	$control->ask('SELECT pg_cancel_backend(' . $holder->pid . ')');
	is(join(' ', map { $_->told } $holder == $committer ? $holder : ($holder, $committer)) =~ s/ +//r, '', "$case: committed");
	is(asks($asked[0], $names, $film), '', "$case: afterwards");
	is($control->ask(back($film, $give_back)), '', "$case: given back");
	return;
}

# COMMIT: the module's callback holds the moment.
for my $case (@cases)
{
	happens(sub {
		$writer->begin('SET LOCAL kroles_commit_window.hold = 60000; COMMIT');
		$control->await($writer, qr/^Extension/);
		return ($writer, $writer);
	}, @$case);
}

# COMMIT PREPARED calls back nobody, but stops there at a lock where the transaction has changed the row of a system catalog.
my $holder = Session->new($node);
my $committer = Session->new($node);
$holder->ask(q{LOAD 'kroles_commit_window'});
for my $case (grep { $_->[0] =~ /a grant |the group$|private$|down$|edits|blocked|after a savepoint|takes part in/ } @cases)
{
	happens(sub {
		$writer->ask("GRANT UPDATE ON pg_catalog.pg_am TO somebody; PREPARE TRANSACTION 'held'");
		$holder->begin('BEGIN; SET LOCAL kroles_commit_window.hold = 60000; SELECT hold_init_file(); ROLLBACK');
		$control->await($holder, qr/^Extension/);
		$committer->begin(q{COMMIT PREPARED 'held'});
		ok($control->await($committer, qr/^LWLock RelCacheInit/), "$case->[0]: COMMIT PREPARED stops there");
		return ($holder, $committer);
	}, "two phases, $case->[0]", @$case[ 1 .. 4 ]);
	$control->ask('REVOKE UPDATE ON pg_catalog.pg_am FROM somebody');
}

done_testing();
