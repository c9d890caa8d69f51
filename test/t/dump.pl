# pg_dump and restore, in every form: a portal with objects of its own on kroles's tables is restored row for row, answer for
# answer and object for object, and nothing is logged again.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Original;
use Portal;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_node('portal');
my $dir = PostgreSQL::Test::Utils::tempdir();
my $wanted_objects;

sub same_objects
{
	my ($server, $db, $how) = @_;
	my $is = objects($server, $db);
	is(lines_only_in($is, $wanted_objects), '', "$how: no object more");
	is(lines_only_in($wanted_objects, $is), '', "$how: no object less");
	return;
}

# Compares a copy with the original: rows, answers, derived data, objects (but not where "rows" is set), and that
# kroles_install() finds nothing to do but what dumps leave out.
sub compare
{
	my ($server, $db, $wanted, $how, $rows) = @_;
	my $is = portrait($server, $db);
	is_deeply([ sort keys %$is ], [ sort keys %$wanted ], "$how: the same tables");
	is($is->{$_}, $wanted->{$_}, "$how: $_") for grep { $_ ne 'secret' } sort keys %$wanted;
	isnt($is->{secret}, $wanted->{secret}, "$how: a secret of its own");
	like($is->{secret}, qr/\A\(t,"\\\\x[0-9a-f]{32}"\)\z/, "$how: which is whole");
	is($server->safe_psql($db, 'SELECT * FROM kroles_verify()'), '', "$how: what is derived is right");
	is($server->safe_psql($db, 'SELECT kroles_install() = extversion FROM pg_extension WHERE extname = \'kroles\''), 't', "$how: kroles_install()");
	same_objects($server, $db, $how) unless $rows;
	is($server->safe_psql($db, q{SELECT has_type_privilege('reports', 'kroles.media', 'USAGE')}), 'f', "$how: the type of media's rows is closed")
		if $server->name eq 'portal';
	my $after = portrait($server, $db);
	is_deeply($after, $is, "$how: kroles_install() changes no row");
	return;
}

# A copy made by one way of dumping and restoring; a command that fails fails the test.
sub copied
{
	my ($server, $db, $wanted, $how, @steps) = @_;
	$server->safe_psql('postgres', "CREATE DATABASE $db");
	$server->command_ok($_, "$how: " . join ' ', @$_[0, 1]) for @steps;
	compare($server, $db, $wanted, $how);
	return;
}

make_original($node, 'portal');
my $wanted = portrait($node, 'portal');
$wanted_objects = objects($node, 'portal');

# (an old heartbeat is none)
for my $table (grep { $_ ne 'heartbeat' } sort keys %$wanted)
{
	isnt($wanted->{$table}, '', "there is something in $table");
}
is($node->safe_psql('portal', 'SELECT string_agg(DISTINCT status::text, \' \' ORDER BY status::text) FROM kroles.publications'),
	'approved pending rejected', 'publications of every status');
cmp_ok(scalar(split /\n/, $wanted->{answers}), '>', 900, 'there are answers to compare');
is($node->safe_psql('portal', 'SELECT count(*) FILTER (WHERE left_at IS NULL), count(*) > 4 FROM kroles.room_participants'), '1|t', 'somebody is in a room, and others were');
# The audit log is among what is compared: a row more in a copy would be a restore that logs itself.
is($node->safe_psql('portal', q{SELECT string_agg(DISTINCT operation, ' ' ORDER BY operation) FROM kroles.audit_log}),
	'DELETE INSERT PROTECT UPDATE', 'the audit log has seen every kind of change');
cmp_ok($node->safe_psql('portal', 'SELECT count(DISTINCT actor) FROM kroles.audit_log'), '>', 3, 'by several people');

my @psql = ('psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1');
my @restore = ('pg_restore', '--exit-on-error');
my %dump = (
	plain => [], custom => ['-Fc'], directory => [ '-Fd', '-j', '2' ], tar => ['-Ft'], inserts => [ '--inserts', '--rows-per-insert=7' ],
	columns => [ '--column-inserts', '-Fc' ], clean => [ '--clean', '--if-exists' ], data => [ '--data-only', '--disable-triggers' ]);
$node->command_ok([ 'pg_dump', @{ $dump{$_} }, '-f', "$dir/$_", 'portal' ], "dump: $_") for sort keys %dump;

copied($node, 'plain', $wanted, 'plain', [ @psql, '-d', 'plain', '-f', "$dir/plain" ]);
copied($node, 'one', $wanted, 'in one transaction', [ @restore, '--single-transaction', '-d', 'one', "$dir/custom" ]);
copied($node, 'custom', $wanted, 'several at once', [ @restore, '-j', '4', '-d', 'custom', "$dir/custom" ]);
copied($node, 'directory', $wanted, 'directory, several at once', [ @restore, '-j', '3', '-d', 'directory', "$dir/directory" ]);
copied($node, 'tar', $wanted, 'tar', [ @restore, '-d', 'tar', "$dir/tar" ]);
copied($node, 'inserts', $wanted, 'row by row', [ @psql, '-d', 'inserts', '-f', "$dir/inserts" ]);
copied($node, 'columns', $wanted, 'row by row with columns', [ @restore, '-d', 'columns', "$dir/columns" ]);
copied($node, 'sections', $wanted, 'section by section', map { [ @restore, "--section=$_", '-d', 'sections', "$dir/custom" ] } 'pre-data', 'data', 'post-data');
copied($node, 'apart', $wanted, 'schema, then data',
	[ @restore, '--schema-only', '-d', 'apart', "$dir/custom" ], [ @restore, '--data-only', '--disable-triggers', '-d', 'apart', "$dir/custom" ]);

# Over a copy that is there already
$node->command_ok([ @psql, '-d', 'one', '-f', "$dir/clean" ], 'over a copy: restored without an error');
compare($node, 'one', $wanted, 'over a copy');

# The data alone, into tables that the extension made: without the rows that they begin with, and with a site's own columns.
$node->safe_psql('postgres', 'CREATE DATABASE there');
$node->safe_psql('there', <<'END');
SET row_security = off;
CREATE EXTENSION kroles;
SELECT kroles_install(with_rows => false);
ALTER TABLE kroles.media ADD COLUMN subject text, ADD COLUMN words tsvector GENERATED ALWAYS AS (to_tsvector('simple', name)) STORED;
ALTER TABLE kroles.users ADD COLUMN office text;
ALTER TABLE kroles.audit_log ADD COLUMN request text;
ALTER TABLE kroles.spaces ADD COLUMN parent_of bigint;
CREATE TABLE captions (media_id bigint REFERENCES kroles.media, words text);
END
$node->command_ok([ @psql, '-d', 'there', '-f', "$dir/data" ], 'data only: restored without an error');
compare($node, 'there', $wanted, 'data only', 1);

# One table alone, into a database where the extension made none
$node->safe_psql('postgres', 'CREATE DATABASE table_alone');
$node->safe_psql('table_alone', 'SET row_security = off; CREATE EXTENSION kroles');
$node->command_ok([ @restore, '-d', 'table_alone', '-t', 'media', "$dir/custom" ], 'one table: restored without an error');
is($node->safe_psql('table_alone', 'SELECT m::text FROM kroles.media m ORDER BY 1'), $wanted->{media}, 'one table: its rows');
my $install = '\set VERBOSITY verbose' . "\n" . 'SELECT kroles_install()';
my ($status, $out, $err) = $node->psql('table_alone', $install);
like($err, qr/ERROR:  55000: some tables of kroles exist.*There are: media\./s, 'one table: the others are not made beside it');

# Without privileges: PUBLIC gets back what it has in a new database
$node->safe_psql('postgres', 'CREATE DATABASE bare');
$node->command_ok([ @restore, '--no-privileges', '--no-owner', '--no-comments', '-d', 'bare', "$dir/custom" ], 'without privileges: restored without an error');
$node->safe_psql('bare', q{SELECT kroles_install(); SELECT kroles_grant_access('app')});
is($node->safe_psql('bare', q{SET kroles."user" = 'olga'; SELECT count(*) > 0 FROM kroles.media}, extra_params => [ '-U', 'app' ]) =~ s/^\n+//r, 't',
	'without privileges: kroles_install() and kroles_grant_access() give back what is needed');
my $closed = q{SELECT string_agg(r.name, ' ' ORDER BY r.name) FROM kroles.relations() r
	WHERE 'public' = ANY (r.traits) AND NOT (has_schema_privilege('public', 'kroles', 'USAGE') AND has_table_privilege('public', 'kroles.' || r.name, 'SELECT'))};
is($node->safe_psql('bare', $closed), '', 'without privileges: PUBLIC reads what it reads in a new database');

# What somebody has decided about PUBLIC stays; of guards that are altered, kroles_install() warns, again after dump and restore.
$node->safe_psql('bare', <<'END');
REVOKE SELECT ON kroles.settings, kroles.rights, kroles.tables_version FROM PUBLIC;
ALTER TABLE kroles.publications DISABLE TRIGGER guard;
ALTER POLICY read ON kroles.spaces USING (true);
CREATE FUNCTION do_nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE OR REPLACE TRIGGER guard_id BEFORE UPDATE OF id ON kroles.users FOR EACH ROW EXECUTE FUNCTION do_nothing();
END
my $altered = join '\n', 'WARNING:  01000: what guards the tables is not as it was made',
	'DETAIL:  kroles\.publications: trigger guard, which enforces a rule, is not enabled as shipped',
	'kroles\.spaces: policy read was altered: it does not call a function of the extension',
	'kroles\.users: trigger guard_id was altered: it does not call a function of the extension', 'HINT:  ';
($status, $out, $err) = $node->psql('bare', $install);
is($status, 0, 'altered guards: kroles_install() goes on');
like($err, qr/$altered/, 'altered guards: and names them');
is($node->safe_psql('bare', $closed), 'rights settings tables_version', 'revoked from PUBLIC: kroles_install() leaves it so');
$node->command_ok([ 'pg_dump', '-Fc', '-f', "$dir/altered", 'bare' ], 'altered guards are dumped');
$node->safe_psql('postgres', 'CREATE DATABASE altered');
$node->command_ok([ @restore, '-d', 'altered', "$dir/altered" ], 'altered guards are restored');
($status, $out, $err) = $node->psql('altered', $install);
like($err, qr/$altered/, 'altered guards: kroles_install() names them in the copy');
# (a dump has no privileges of the view, as it has none but its owner's)
is($node->safe_psql('altered', $closed), 'rights settings', 'revoked from PUBLIC: so it is in the copy');
($status, $out, $err) = $node->psql('custom', $install);
is($err, '', 'a portal as it was made: no warning');

# A restore from a list in which somebody left out what guards the tables
my ($contents) = run_command([ 'pg_restore', '-l', "$dir/custom" ]);
open my $list, '>', "$dir/list" or die "$dir/list: $!";
print $list join "\n", grep { !/ TRIGGER kroles publications guard | POLICY kroles spaces read / } split /\n/, $contents;
close $list;
$node->safe_psql('postgres', 'CREATE DATABASE partial');
$node->command_ok([ @restore, '-L', "$dir/list", '-d', 'partial', "$dir/custom" ], 'from a partial list: restored without an error');
is($node->safe_psql('partial', q{SELECT string_agg(severity || ' ' || finding || ' ' || subject || ': ' || weakness, ', ' ORDER BY finding) FROM kroles_doctor() WHERE finding LIKE 'missing%'}),
	'danger missing_policy kroles.spaces: the policy read does not exist, danger missing_trigger kroles.publications: the trigger guard does not exist',
	'from a partial list: the doctor says what is missing');
($status, $out, $err) = $node->psql('partial', $install);
like($err, qr/ERROR:  55000: what guards the tables is not complete.*There is no trigger guard on kroles\.publications, policy read on kroles\.spaces\./s,
	'from a partial list: kroles_install() refuses');
is($node->safe_psql('partial', q{SET kroles."user" = 'olga'; SELECT count(*) FROM kroles.spaces}, extra_params => [ '-U', 'app' ]) =~ s/^\n+//r, '0',
	'from a partial list: without its policy a table shows nothing');

# The schema alone: a portal without people, which begins with the rows of a new one
$node->safe_psql('postgres', 'CREATE DATABASE schema_alone');
$node->command_ok([ @restore, '--schema-only', '-d', 'schema_alone', "$dir/custom" ], 'schema only: restored without an error');
same_objects($node, 'schema_alone', 'schema only');
is($node->safe_psql('schema_alone', q{SELECT finding || ' ' || remedy FROM kroles_doctor() WHERE finding = 'missing_rows'}),
	'missing_rows Restore the data of the dump, or SELECT kroles_install();', 'schema only: the doctor says that rows are missing');
is($node->safe_psql('schema_alone', q{SELECT kroles_can('view', 'channel', 1)}, extra_params => [ '-U', 'app' ]), 'f', 'schema only: nobody may do anything');
$node->safe_psql('schema_alone', 'SELECT kroles_install()');
is($node->safe_psql('schema_alone', "SELECT (SELECT count(*) FROM kroles.settings), (SELECT count(*) FROM kroles.$_ WHERE " . ($_ eq 'role_labels' ? 'label = shipped' : 'allowed = shipped') . ')'),
	'1|' . $node->safe_psql('portal', "SELECT count(*) FROM kroles.$_"), "schema only: kroles_install() fills $_") for qw(baseline_rights role_rights ceiling_rights role_labels);

# On another server, where nobody's database login exists yet
my $other = start_node('elsewhere');
$other->safe_psql('postgres', 'CREATE ROLE reports; CREATE ROLE app LOGIN');
copied($other, 'moved', $wanted, 'on another server', [ @restore, '-d', 'moved', "$dir/custom" ]);
is($other->safe_psql('moved', 'SELECT role FROM kroles.gateways'), 'app', 'the gateway is trusted by name');

# Who is in a room has what was read on joining, and is in it still, in a copy: also whoever joined so long ago that the default
# limit would have ended it, and whoever has nothing outside the room any more.
$node->safe_psql('postgres', 'CREATE DATABASE rooms');
$node->safe_psql('rooms', <<'END');
CREATE EXTENSION kroles;
SELECT kroles_trust_gateway('app');
SELECT kroles_grant_access('app');
INSERT INTO kroles.users (login, applicative_role) VALUES ('olga', 'admin'), ('rita', 'viewer'), ('vera', 'viewer'), ('att', 'viewer');
INSERT INTO kroles.media (type, name, owner_id) VALUES ('room', 'Hall', 1);
INSERT INTO kroles.media_moderators (media_id, user_id, permission) VALUES (1, 2, 'room_moderator');
INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (1, 3, 'viewer');
INSERT INTO kroles.events (name, created_by) VALUES ('Congress', 1);
INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES (1, 4, 'speaker');
INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (1, 1);
UPDATE kroles.settings SET room_session_limit = '1 day';
DO $$
DECLARE
    person text;
BEGIN
    SET SESSION AUTHORIZATION app;
    FOREACH person IN ARRAY '{olga, rita, vera, att}'::text[] LOOP
        PERFORM set_config('kroles.user', person, true);
        PERFORM kroles_room_join(1);
    END LOOP;
    RESET SESSION AUTHORIZATION;
END $$;
UPDATE kroles.room_participants SET joined_at = joined_at - interval '13 hours' WHERE user_id < 4;
DELETE FROM kroles.media_moderators;
INSERT INTO kroles.media_moderators (media_id, user_id, permission) VALUES (1, 3, 'chat_moderator');
DELETE FROM kroles.event_participants WHERE user_id = 4;
END
my $inside = portrait($node, 'rooms');
$node->command_ok([ 'pg_dump', '-Fc', '-f', "$dir/rooms", 'rooms' ], 'rooms with people in them are dumped');
$wanted_objects = objects($node, 'rooms');
copied($node, 'rooms_again', $inside, 'rooms', [ @restore, '-d', 'rooms_again', "$dir/rooms" ]);
my $room = q{SELECT kroles_role('room', 1), kroles_rights('room', 1), kroles_rights('media', 1)};
is($node->safe_psql('rooms_again', qq{SET kroles."user" = '$_->[0]'; $room}, extra_params => [ '-U', 'app' ]), $_->[1], "in the copy $_->[0] is in the room with what was read on joining")
	for [ 'rita', 'moderator|{contribute,moderate,join_room,start_room,moderate_room,present,interact}|{}' ], [ 'vera', 'participant|{view,join_room,interact}|{view,moderate}' ],
	[ 'att', 'presenter|{contribute,join_room,present,interact}|{}' ];
is($node->safe_psql('rooms_again', q{SET kroles."user" = 'rita'; SELECT kroles_room_remove(1, 3); SELECT kroles_room_leave(1); SELECT kroles_rights('room', 1)}, extra_params => [ '-U', 'app' ]) =~ s/^\n+//r,
	'{}', 'and loses it by leaving');

# Where a copy goes on from: new ids come after the old ones, the rules hold again.
for my $table (qw(users groups spaces media events))
{
	my %owner = (spaces => ', kind, type, owner_id', media => ', owner_id');
	my %value = (spaces => ", 'channel', 'open', 1", media => ', 1');
	my $name = $table eq 'users' ? 'login' : 'name';
	my $insert = "INSERT INTO kroles.$table ($name" . ($owner{$table} // '') . ") VALUES ('new'" . ($value{$table} // '') . ') RETURNING id';
	is($node->safe_psql('plain', $insert), $node->safe_psql('portal', $insert), "the next new one of $table has the next id");
}

# What a restore brings that the rules would not let in, they do not let in afterwards, whatever row_security says.
my $publish = "INSERT INTO kroles.publications (media_id, space_id, status, published_by) VALUES (12, 2, 'approved', 1)";
my $told = 'SELECT published_by IS NULL FROM kroles.publications WHERE (media_id, space_id) = (12, 2)';
$node->safe_psql('plain', 'CREATE ROLE backup LOGIN BYPASSRLS; GRANT ALL ON ALL TABLES IN SCHEMA kroles TO backup');
my $superuser = $node->safe_psql('plain', 'SELECT current_user');
for my $row_security (qw(on off))
{
	is($node->safe_psql('plain', "BEGIN; SET row_security = $row_security; $publish; $told; ROLLBACK", extra_params => [ '-U', $_ ]), 't',
		"row_security $row_security: the database records who published, not $_") for $superuser, 'backup';
}

done_testing();
