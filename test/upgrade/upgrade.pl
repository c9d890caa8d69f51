# From this version to a made-up next one (test/upgrade/next): by ALTER EXTENSION and kroles_install(), and by dump and restore.
# The catalog is that of a new database of the next version, rows and answers are those of before, and what the next version
# ships is added.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Original;
use Portal;
use PostgreSQL::Test::Utils;
use Test::More;
use Versions;

my $node = start_node('upgrade');
my $dir = PostgreSQL::Test::Utils::tempdir();

# The answers about rights that this version has.
sub without_new_right { return join "\n", map { s/\bannotate,//gr } split /\n/, $_[0]; }

my $versions_differ = q{SELECT subject || ': ' || remedy FROM kroles_doctor() WHERE finding = 'versions_differ' ORDER BY 1};

# ---- This version, with data and without ----
install($node, 'now');
make_original($node, 'portal', many => 1);
$node->safe_psql('postgres', 'CREATE DATABASE bare');
$node->safe_psql('bare', 'CREATE EXTENSION kroles');
my $now = $node->safe_psql('bare', 'SELECT kroles.script_version()');
my $before = portrait($node, 'portal');
cmp_ok(scalar(split /\n/, $before->{answers}), '>', 100_000, 'there are answers to compare');
my $objects_before = objects($node, 'portal');
$node->command_ok([ 'pg_dump', '-Fc', '-f', "$dir/dump", 'portal' ], 'this version: dumped');
my $session = $node->background_psql('portal', on_error_stop => 0);
is($session->query_safe(q{SELECT kroles_can(2, 'view', 'channel', 1)}), 't', 'this version: a session has its library');

# ---- The next library with this version's script ----
install($node, 'next');
is_deeply(portrait($node, 'portal'), $before, 'the next library answers as before with the script of this version');
like($node->safe_psql('portal', $versions_differ), qr/^extension kroles: ALTER EXTENSION kroles UPDATE; and reconnect\.$/, 'the doctor says that they differ');
my ($code, $out, $err) = $node->psql('portal', '\set VERBOSITY verbose' . "\nSELECT kroles_install()");
is($code, 0, 'kroles_install() of this version finds its own tables');

# ---- The next script, and the tables after it ----
$node->safe_psql('portal', 'ALTER EXTENSION kroles UPDATE');
is($node->safe_psql('portal', 'SELECT extversion, kroles.script_version(), (SELECT version FROM kroles.tables_version) FROM pg_extension WHERE extname = \'kroles\''),
	"99.0|99.0|$now", 'the script is the next one, the tables are as they were');
is($node->safe_psql('portal', $versions_differ), 'schema kroles: SELECT kroles_install();', 'the doctor says that the tables come next');
my $half = portrait($node, 'portal');
is(without_new_right($half->{answers}), $before->{answers}, 'answers are as before, but that administrators may do what is new');
$session->query(q{SELECT kroles_can(2, 'view', 'channel', 1)});
like($session->{stderr}, qr/has a version that the library, \Q$now\E, does not know/, 'a session with the library of this version answers nothing');
$session->quit;
is($node->safe_psql('portal', 'SELECT kroles_install()'), '99.0', 'kroles_install() brings the tables');
is($node->safe_psql('portal', $versions_differ), '', 'the doctor is content');

# ---- Compared with a new database, with the rows of before, and with a dump that is restored into the next version ----
$node->safe_psql('bare', 'ALTER EXTENSION kroles UPDATE');
$node->safe_psql('bare', 'SELECT kroles_install()');
$node->safe_psql('postgres', 'CREATE DATABASE fresh');
$node->safe_psql('fresh', 'CREATE EXTENSION kroles');
same(members($node, 'bare'), members($node, 'fresh'), 'members of the extension');
same(objects($node, 'bare'), objects($node, 'fresh'), 'tables, views, triggers, policies');
same($node->safe_psql('bare', "SELECT * FROM kroles.$_"), $node->safe_psql('fresh', "SELECT * FROM kroles.$_"), "rows of $_")
	for qw(baseline_rights role_rights ceiling_rights role_labels settings);

my $upgraded = portrait($node, 'portal');
my %changed = map { $_ => 1 } qw(answers role_rights ceiling_rights rights media media_notes);
is($upgraded->{$_}, $before->{$_}, "as before: $_") for grep { !$changed{$_} } sort keys %$upgraded;
isnt(without_new_right($upgraded->{answers}), $upgraded->{answers}, 'there are people with the new right');
is($node->safe_psql('portal', q{SELECT action, allowed, shipped FROM kroles.role_rights WHERE (kind, role) = ('media', 'editor') AND action = 'annotate'}), 'annotate|t|t', 'a new cell is there');
is($node->safe_psql('portal', q{SELECT allowed, shipped FROM kroles.role_rights WHERE (kind, role, action) = ('gallery', 'moderator', 'delete_contributions')}), 't|t',
	'a cell that the site left alone has what the next version ships');
is($node->safe_psql('portal', q{SELECT count(*) FROM kroles.role_rights WHERE (kind, role) = ('gallery', 'member') AND allowed = shipped}), '0', 'cells that the site changed stay');
is($node->safe_psql('portal', q{SELECT kroles_can(5, 'annotate', 'media', 4), kroles_can(6, 'annotate', 'media', 4)}), 't|f', 'the new right is the owner\'s');
like($node->safe_psql('portal', q{SELECT pg_get_indexdef('kroles.media_words'::regclass)}), qr/gin \(words\)/, 'what the site added is there');
is($node->safe_psql('portal', 'SELECT * FROM kroles_verify()'), '', 'what is derived is right');
is(lines_only_in(map { s/,$//mgr } $objects_before, objects($node, 'portal')), ' SELECT \'' . $now . '\'::text AS version;', 'no object of before is lost');

$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', 'restored', "$dir/dump" ], 'the dump of this version is restored into the next one');
is($node->safe_psql('restored', $versions_differ), 'schema kroles: SELECT kroles_install();', 'and its tables come next');
is($node->safe_psql('restored', 'SELECT kroles_install()'), '99.0', 'by kroles_install()');
my $restored = portrait($node, 'restored');
is($restored->{$_}, $upgraded->{$_}, "restored as upgraded: $_") for grep { $_ ne 'secret' } sort keys %$upgraded;
same(members($node, 'restored'), members($node, 'portal'), 'restored as upgraded: members of the extension');
same(objects($node, 'restored'), objects($node, 'portal'), 'restored as upgraded: objects');

# ---- What does not fit ----
install($node, 'now');
($code, $out, $err) = $node->psql('portal', '\set VERBOSITY verbose' . "\n" . q{SELECT kroles_can(2, 'view', 'channel', 1)});
like($err, qr/ERROR:  55000: extension "kroles" in this database has a version that the library, \Q$now\E, does not know\nHINT:  Install the newest version/,
	'the library of this version answers nothing for the script of the next');
$node->safe_psql('postgres', 'CREATE DATABASE back');
install($node, 'next');
$node->command_ok([ 'pg_dump', '-Fc', '-f', "$dir/later", 'portal' ], 'the next version: dumped');
install($node, 'now');
($code, $out, $err) = $node->psql('postgres', 'SELECT');
command_fails([ 'pg_restore', '--exit-on-error', '-d', $node->connstr('back'), "$dir/later" ], 'and not restored into this version without an error');

done_testing();
