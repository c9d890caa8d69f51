# From each released version to this one: by ALTER EXTENSION and kroles_install(), and by a dump of the released version that is
# restored into this one. The catalog is that of a new database; rows, in the columns that there were, and answers are as before.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Original;
use Portal;
use PostgreSQL::Test::Utils;
use Test::More;
use Versions;

my $node = start_node('earlier');
my $dir = PostgreSQL::Test::Utils::tempdir();
install($node, 'now');
$node->safe_psql('postgres', 'CREATE DATABASE fresh');
$node->safe_psql('fresh', 'CREATE EXTENSION kroles');
my $now = $node->safe_psql('fresh', 'SELECT kroles.script_version()');

# The tables' columns, but since when tokens are valid, which the step from 1.0.0 sets, and what is in columns, as hashes of texts.
sub columns
{
	my ($db) = @_;
	return { map { split /\|/, $_, 2 } split /\n/, $node->safe_psql($db, <<'END') };
SELECT c.relname, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> 'tokens_valid_after'
WHERE c.relnamespace = 'kroles'::regnamespace AND c.relkind = 'r' GROUP BY 1
END
}

sub rows
{
	my ($db, $columns) = @_;
	return { map { $_ => $node->safe_psql($db, "SELECT r::text FROM (SELECT $columns->{$_} FROM kroles.$_) AS r ORDER BY 1") } sort keys %$columns };
}

sub as_before
{
	my ($db, $columns, $rows, $answers, $what) = @_;
	my $is = rows($db, $columns);
	is($is->{$_}, $rows->{$_}, "$what: $_") for grep { !/^(?:secret|audit_log|retired_external_ids)$/ } sort keys %$rows;
	is(lines_only_in($rows->{$_}, $is->{$_}), '', "$what: $_, to which the step adds") for qw(audit_log retired_external_ids);
	is(portrait($node, $db)->{answers}, $answers, "$what: answers");
	is($node->safe_psql($db, 'SELECT * FROM kroles_verify()'), '', "$what: what is derived is right");
	is($node->safe_psql($db, q{SELECT * FROM kroles_doctor() WHERE finding IN ('versions_differ', 'missing_table', 'missing_rows', 'missing_trigger', 'missing_policy', 'missing_constraint', 'missing_index')}), '',
		"$what: the doctor misses nothing");
	return;
}

my @earlier = grep { $_ ne $now } map { m{/kroles--(\d[\d.]*)\.sql\z} ? $1 : () } glob $node->config_data('--sharedir') . '/extension/kroles--*.sql';
@earlier = grep { !/^99/ } @earlier;
plan skip_all => "no version was released before $now" unless @earlier;
for my $version (@earlier)
{
	my $db = "of_$version";
	make_original($node, $db, many => 1, version => $version);
	# logins that others had before: under the same id, and of one who was renamed and then deleted; and one that nobody had
	$node->safe_psql($db, <<'END');
INSERT INTO kroles.users (id, login) VALUES (900, 'again'), (901, 'first');
DELETE FROM kroles.users WHERE id = 900;
UPDATE kroles.users SET login = 'second' WHERE id = 901;
DELETE FROM kroles.users WHERE id = 901;
INSERT INTO kroles.users (id, login) VALUES (900, 'again'), (901, 'first'), (902, 'new');
END
	my ($columns, $objects) = (columns($db), objects($node, $db));
	my $rows = rows($db, $columns);
	my $answers = portrait($node, $db)->{answers};
	cmp_ok(scalar(split /\n/, $answers), '>', 100_000, "$version: there are answers to compare");
	$node->command_ok([ 'pg_dump', '-Fc', '-f', "$dir/$version", $db ], "$version: dumped");
	$node->safe_psql('postgres', "CREATE DATABASE \"bare_$version\"");
	$node->safe_psql("bare_$version", "CREATE EXTENSION kroles VERSION '$version'");
	is($node->safe_psql("bare_$version", <<'END'), '2 1 1', "$version: with its script, this library imports lists through the views");
BEGIN;
INSERT INTO kroles.user_import (login, groups) VALUES ('one', 'Group'), ('two', NULL);
INSERT INTO kroles.group_member_import (group_name, login) VALUES ('Group', 'one');
INSERT INTO kroles.spaces (kind, type, name, external_id, owner_id) SELECT 'channel', 'private', 'One', 'x', id FROM kroles.users WHERE login = 'one';
INSERT INTO kroles.space_member_import (external_id, login) VALUES ('x', 'two');
SELECT concat_ws(' ', (SELECT count(*) FROM kroles.users), (SELECT count(*) FROM kroles.group_members), (SELECT count(*) FROM kroles.space_members));
ROLLBACK;
END

	for my $upgraded ($db, "bare_$version")
	{
		$node->safe_psql($upgraded, 'ALTER EXTENSION kroles UPDATE');
		is($node->safe_psql($upgraded, 'SELECT kroles_install()'), $now, "$version: $upgraded is upgraded");
	}
	is($node->safe_psql($db, 'SELECT string_agg(login, \' \' ORDER BY id) FROM kroles.users WHERE id BETWEEN 900 AND 902 AND tokens_valid_after IS NOT NULL'), 'again first',
		"$version: older tokens with logins that others had are refused");
	as_before($db, $columns, $rows, $answers, "$version, upgraded");
	same(members($node, "bare_$version"), members($node, 'fresh'), "$version, upgraded: members of the extension");
	same(objects($node, "bare_$version"), objects($node, 'fresh'), "$version, upgraded: tables, views, triggers, policies");
	same($node->safe_psql("bare_$version", "SELECT * FROM kroles.$_"), $node->safe_psql('fresh', "SELECT * FROM kroles.$_"), "$version: rows of $_")
		for qw(baseline_rights role_rights ceiling_rights role_labels settings);

	$node->safe_psql('postgres', "CREATE DATABASE \"restored_$version\"");
	$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', "restored_$version", "$dir/$version" ], "$version: its dump is restored into $now");
	is($node->safe_psql("restored_$version", 'SELECT kroles_install()'), $now, "$version: and its tables upgraded");
	as_before("restored_$version", $columns, $rows, $answers, "$version, restored");
	same(members($node, "restored_$version"), members($node, 'fresh'), "$version, restored: members of the extension");
	same(objects($node, "restored_$version"), objects($node, $db), "$version, restored: objects");
}

done_testing();
