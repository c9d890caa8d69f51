# The library may be loaded with the server (shared_preload_libraries), which saves new sessions the loading: everything is as it
# is without, in databases with the extension, without it, and where it is created later.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Portal;
use Test::More;

my $node = start_portal('preloaded', conf => "shared_preload_libraries = 'kroles'\n");
is($node->safe_psql('postgres', 'SHOW shared_preload_libraries'), 'kroles', 'the library is loaded with the server');

# The rows that a user sees in a database, in a session of their own.
sub sees
{
	my ($person, $query) = @_;
	return $node->safe_psql('postgres', "SET kroles.\"user\" = '$person'; $query", extra_params => [ '-U', 'app' ]);
}

$node->safe_psql('postgres', <<'END');
INSERT INTO kroles.users (id, login, applicative_role) VALUES (1, 'olga', 'admin'), (2, 'mia', 'private_only');
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES (1, 'channel', 'private', 'Lectures', 1);
INSERT INTO kroles.media (id, name, owner_id) VALUES (1, 'film', 1), (2, 'draft', 1);
INSERT INTO kroles.publications (media_id, space_id) VALUES (1, 1);
END
my $names = 'SELECT string_agg(name, \',\' ORDER BY id) FROM kroles.media';
is(sees('mia', $names), '', 'mia sees nothing');
sees('olga', 'INSERT INTO kroles.space_members (space_id, user_id) VALUES (1, 2)');
is(sees('mia', $names), 'film', 'as a member, mia sees what is published');
is($node->safe_psql('postgres', $names, extra_params => [ '-U', 'app' ]), '', 'without a user, nothing is seen');
is($node->safe_psql('postgres', "SELECT count(*) FROM kroles.audit_log WHERE relation = 'kroles.space_members'"), '1', 'the log is written');

my ($code, undef, $error) = $node->psql('postgres', "ALTER DATABASE postgres SET kroles.\"user\" = 'olga'");
isnt($code, 0, 'an identity cannot be stored');
like($error, qr/identity settings can be set only within a session/, 'and that is said');

is($node->safe_psql('template1', 'SELECT count(*) FROM pg_class WHERE relname = \'pg_class\''), '1', 'a database without the extension is as ever');
$node->safe_psql('postgres', 'CREATE DATABASE later');
is($node->safe_psql('later', 'SELECT 1; CREATE EXTENSION kroles; SELECT count(*) FROM kroles.media'), "1\n0", 'the extension is created there in a session that has begun without it');
$node->restart;
is(sees('mia', $names), 'film', 'after a restart too');
$node->stop;

done_testing();
