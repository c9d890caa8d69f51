# Protected tables through pg_dump and restore: as protected as before, for everybody, and restoring logs nothing. And what
# kroles_doctor() finds in the server's own configuration.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Portal;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_node('protect');
my $dir = PostgreSQL::Test::Utils::tempdir();

$node->safe_psql('postgres', 'CREATE DATABASE portal');
$node->safe_psql('portal', <<'END');
CREATE EXTENSION kroles;
INSERT INTO kroles.users (id, login, applicative_role) VALUES (1, 'olga', 'admin'), (2, 'carl', 'private_only'), (3, 'stan', 'private_only');
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, external_id) VALUES (1, 'channel', 'private', 'Lectures', 1, 'lec');
INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (1, 2, 'contributor');
INSERT INTO kroles.media (id, name, owner_id, external_id) VALUES (1, 'film', 2, '0f8fad5b-d9cb-469f-a165-70867728950e');
CREATE ROLE app LOGIN;
CREATE ROLE maker;
SELECT kroles_trust_gateway('app');
CREATE SCHEMA "My app" AUTHORIZATION maker;
GRANT USAGE ON SCHEMA "My app" TO app;
SET ROLE maker;
SET search_path = "My app", public;
CREATE TABLE news ("the channel" text, note text);
CREATE TABLE captions (media uuid, note text);
CREATE TABLE log (id int, note text) PARTITION BY RANGE (id);
CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM (0) TO (5);
CREATE TABLE log_2 PARTITION OF log FOR VALUES FROM (5) TO (10);
CREATE TABLE reports (note text);
CREATE TABLE papers (id bigint, note text);
CREATE TABLE old_papers () INHERITS (papers);
INSERT INTO news VALUES ('lec', 'of Lectures'), ('other', 'of none'), (NULL, 'of none');
INSERT INTO captions VALUES ('0f8fad5b-d9cb-469f-a165-70867728950e', 'of the film'), (gen_random_uuid(), 'of none');
INSERT INTO log SELECT n, 'n' FROM generate_series(1, 9) AS n;
INSERT INTO reports VALUES ('a');
INSERT INTO papers VALUES (1, '');
INSERT INTO old_papers VALUES (1, ''), (2, '');
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "My app" TO app;
SELECT kroles_protect('news', 'channel', 'the channel'), kroles_protect('captions', 'media', 'media'), kroles_protect('log', 'channel', 'id'),
    kroles_protect('reports', 'site', NULL, 'upload'), kroles_protect('papers', 'channel', 'id', delete_right => 'manage');
CREATE POLICY narrower ON news AS RESTRICTIVE USING (note <> '');
END

# What each person sees and may add, table by table; what the catalog says; what is in the log.
sub portrait
{
	my ($server, $db) = @_;
	my @is = $server->safe_psql($db, 'SELECT * FROM kroles.protected_tables ORDER BY relation::text');
	push @is, $server->safe_psql($db, 'SELECT operation, relation, before, after FROM kroles.audit_log ORDER BY id');
	for my $person (qw(olga carl stan), '')
	{
		push @is, map { "$person $_" } split /\n/, $server->safe_psql($db, <<END, extra_params => [ '-U', 'app' ]);
SET kroles."user" = '$person'; SET search_path = "My app";
SELECT 'news', news::text FROM news UNION ALL SELECT 'captions', captions::text FROM captions
UNION ALL SELECT 'log', log::text FROM log UNION ALL SELECT 'log_1', log_1::text FROM log_1 UNION ALL SELECT 'log_2', log_2::text FROM log_2
UNION ALL SELECT 'papers', papers::text FROM papers UNION ALL SELECT 'old_papers', old_papers::text FROM old_papers
UNION ALL SELECT 'reports', reports::text FROM reports;
END
		my ($code) = $server->psql($db, qq{BEGIN; SET kroles."user" = '$person'; INSERT INTO "My app".news VALUES ('lec', 'new'); ROLLBACK},
			extra_params => [ '-U', 'app' ], on_error_stop => 1);
		push @is, "$person adds news: $code";
	}
	return join "\n", @is;
}

my $wanted = portrait($node, 'portal');
like($wanted, qr/^carl news\|\(lec,"of Lectures"\)$/m, 'carl sees the news of his channel');
unlike($wanted, qr/of none/, 'and nobody those of none');
my $comments = q{SELECT count(*) FROM pg_policy WHERE obj_description(oid, 'pg_policy') LIKE 'kroles: %'};
is($node->safe_psql('portal', $comments), 32, 'eight tables are protected by four policies each');

my @psql = ('psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1');
my %way = (
	plain => [ [ 'pg_dump', '-f', "$dir/plain", 'portal' ], [ @psql, '-d', 'plain', '-f', "$dir/plain" ] ],
	custom => [ [ 'pg_dump', '-Fc', '-f', "$dir/custom", 'portal' ], [ 'pg_restore', '--exit-on-error', '-d', 'custom', "$dir/custom" ] ],
	quiet => [ [ 'pg_dump', '--no-comments', '-f', "$dir/quiet", 'portal' ], [ @psql, '-d', 'quiet', '-f', "$dir/quiet" ] ]);
for my $how (sort keys %way)
{
	my ($dump, $restore) = @{ $way{$how} };
	$node->safe_psql('postgres', "CREATE DATABASE $how");
	$node->command_ok($dump, "$how: dumped");
	$node->command_ok($restore, "$how: restored without an error");
	is(portrait($node, $how), $wanted, "$how: as protected as before");
	is($node->safe_psql($how, $comments), $how eq 'quiet' ? 0 : 32, "$how: comments on the policies");
}
is($node->safe_psql('quiet', q{SET search_path = "My app", public; SELECT kroles_protect('log', 'channel', 'id'), kroles_unprotect('news');
SELECT count(*) FROM kroles.protected_tables; SELECT polname FROM pg_policy WHERE polrelid = 'news'::regclass}),
	"|\n7\nnarrower", 'without their comments too the policies are known as ours');

# The server's configuration
my $find = q{SELECT severity, subject, remedy LIKE 'Remove it from %postgresql.conf.' FROM kroles_doctor() WHERE finding = 'harmful_setting' ORDER BY weakness};
is($node->safe_psql('portal', $find), '', 'nothing harmful in the configuration');
$node->append_conf('postgresql.conf', "row_security = off\nsession_replication_role = replica\n");
$node->restart;
is($node->safe_psql('portal', $find), "warning|server|t\ndanger|server|t", 'row_security and session_replication_role are named');

done_testing();
