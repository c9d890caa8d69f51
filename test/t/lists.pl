# Lists by psql's \copy, as an administrator who is an ordinary login role: 100,000 rows, progress, files on disk.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Portal;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_node('lists');
my $dir = PostgreSQL::Test::Utils::tempdir();

$node->safe_psql('postgres', <<'END');
CREATE EXTENSION kroles;
CREATE ROLE registrar LOGIN;
CREATE ROLE lecturer LOGIN;
SELECT kroles_grant_access('registrar'), kroles_grant_access('lecturer');
INSERT INTO kroles.users (id, login, applicative_role, administrator, db_role) VALUES
    (1, 'registrar', 'viewer', true, 'registrar'), (2, 'lecturer', 'admin', false, 'lecturer');
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) SELECT n, 'channel', 'private', 'Course ' || n, 2 FROM generate_series(1, 10) AS n;
SELECT setval('kroles.users_id_seq', 100);
END

# Writes a file of lines and returns its name.
sub file
{
	my ($name, @lines) = @_;
	open my $out, '>', "$dir/$name" or die "$dir/$name: $!\n";
	print $out "$_\n" foreach @lines;
	close $out;
	return "$dir/$name";
}

# What psql says to a statement of that login role: exit status, output, errors.
sub says
{
	my ($role, $statement) = @_;
	return $node->psql('postgres', $statement, extra_params => [ '-U', $role ], on_error_stop => 1);
}

my $rows = 100_000;
my $users = file('users.csv', 'login,name,email,applicative_role,groups',
	map { "user$_,\"User, $_\",u$_\@example.org,private_only,\"Students,Year " . $_ % 5 . '"' } 1 .. $rows);
my $members = file('members.csv', 'space_id,login,role', map { ($_ % 10 + 1) . ",user$_,contributor" } 1 .. $rows);

my ($code, $out, $err) = says('registrar', "\\copy kroles.users (login) from '$users' csv header");
like($err, qr/COPY FROM not supported with row-level security/, 'PostgreSQL refuses COPY into a table with row-level security');

my $start = time;
($code, $out, $err) = says('registrar',
	"\\copy kroles.user_import (login, name, email, applicative_role, groups) from '$users' with (format csv, header match)");
is($code, 0, 'an administrator brings in 100,000 users by \copy') or diag $err;
note 'seconds: ', time - $start;
is($node->safe_psql('postgres', q{SELECT count(*) FROM kroles.users WHERE applicative_role = 'private_only'}), $rows, 'all of them are there');
is($node->safe_psql('postgres', 'SELECT count(*) FROM kroles.group_members'), 2 * $rows, 'in their groups');
is($node->safe_psql('postgres', q{SELECT count(*) FROM kroles.audit_log WHERE relation = 'kroles.users' AND actor = 1}), $rows,
	'and each is in the log, with who did it');

$start = time;
($code, $out, $err) = says('lecturer', "\\copy kroles.space_member_import (space_id, login, role) from '$members' csv header");
is($code, 0, 'an owner of channels brings in 100,000 members') or diag $err;
note 'seconds: ', time - $start;
is($node->safe_psql('postgres', q{SELECT count(*) FROM kroles.space_members WHERE role = 'contributor'}), $rows, 'all of them are there');

# Through a function, with progress
my $kaltura = file('kaltura.csv', '*action,userId,metadata::KMS_USERSCHEMA1_1::role', map { "6,user$_,adminRole" } 1 .. 25_000);
($code, $out, $err) = says('registrar', "\\set csv `cat '$kaltura'`\nSELECT * FROM kroles_import_users(:'csv')");
is($code, 0, 'a file with other headings') or diag $err;
like($err, qr/10000 of 25000 rows.*20000 of 25000 rows.*25000 of 25000 rows\b.*25000 of 25000 rows are in/s, 'with progress');
is($node->safe_psql('postgres', q{SELECT count(*) FROM kroles.users WHERE applicative_role = 'admin'}), 25_001, 'everybody has the new role');

# Bad rows among many; portions before them go with them
my $bad = file('bad.csv', 'login,action', (map { "new$_,1" } 1 .. 10_500), 'nobody,2', 'user1,1', 'new10501,1');
($code, $out, $err) = says('registrar', "\\copy kroles.user_import (login, action) from '$bad' csv header");
isnt($code, 0, 'a file with two bad rows is refused');
like($err, qr/row 10501, column "login", "nobody".*row 10502, column "login", "user1"/s, 'which says both');
is($node->safe_psql('postgres', q{SELECT count(*) FROM kroles.users WHERE login ~ '^new'}), 0, 'and nothing of it is in');

my $mine = file('mine.csv', 'login,administrator', 'lecturer,true');
($code, $out, $err) = says('lecturer', "\\copy kroles.user_import (login, administrator) from '$mine' csv header");
like($err, qr/only administrators can import lists of users and of group members/, 'nobody else brings in users');

# What a list says of who imports it comes last, however many rows are between
$node->safe_psql('postgres', q{UPDATE kroles.users SET administrator = true WHERE login = 'user1'});
$node->safe_psql('postgres', q{CREATE ROLE seven LOGIN; SELECT kroles_grant_access('seven');
	UPDATE kroles.users SET db_role = 'seven' WHERE login = 'user7';
	INSERT INTO kroles.space_members (space_id, user_id, role) SELECT 1, id, 'manager' FROM kroles.users WHERE login = 'user7'
	ON CONFLICT (space_id, user_id, group_id) DO UPDATE SET role = 'manager'});
my $more = file('more.csv', 'action,space_id,login,role', '3,1,user7,', (map { "6,1,user$_,member" } 20_001 .. 40_000), '6,1,user2,moderator');
($code, $out, $err) = says('seven', "\\copy kroles.space_member_import (action, space_id, login, role) from '$more' csv header");
is($code, 0, 'a manager leaves in the first of 20,002 rows') or diag $err;
is($node->safe_psql('postgres', q{SELECT count(*) FROM kroles.space_members m JOIN kroles.users u ON u.id = m.user_id
	WHERE m.space_id = 1 AND u.login IN ('user7', 'user2')}), 1, 'after the last row');
$node->safe_psql('postgres', q{INSERT INTO kroles.space_members (space_id, user_id, role) SELECT 1, id, 'manager' FROM kroles.users WHERE login = 'user7'});
($code, $out, $err) = says('seven', "\\set csv `cat '$more'`\nSELECT * FROM kroles_import_space_members(:'csv')");
is($code, 0, 'and so by a function') or diag $err;
my $own = file('own.csv', 'login,administrator,groups', 'registrar,false,Left', map { "late$_,,Late" } 1 .. 20_500);
($code, $out, $err) = says('registrar', "\\copy kroles.user_import (login, administrator, groups) from '$own' csv header");
is($code, 0, 'an administrator resigns in the first of 20,501 rows') or diag $err;
is($node->safe_psql('postgres', q{SELECT concat_ws(' ', count(*), (SELECT administrator FROM kroles.users WHERE login = 'registrar'))
	FROM kroles.group_members m JOIN kroles.groups g ON g.id = m.group_id WHERE g.name IN ('Left', 'Late')}), '20501 f', 'after the last row');

$node->stop;
done_testing();
