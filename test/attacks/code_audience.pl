# Robustness: reading audiences. Text and bytes that are nearly valid or not at all, always the same ones, as a role that may
# write audiences: each is refused with a documented error, or comes back as it was read.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Attack;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('audience');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nmax_connections = 10");
$node->start;
my $folder = PostgreSQL::Test::Utils::tempdir();
$node->safe_psql('postgres', <<'END');
CREATE EXTENSION kroles;
ALTER DATABASE postgres SET search_path = public, kroles;
SET search_path = public, kroles;
CREATE TABLE came (n integer, a kroles.audience);
CREATE TABLE again (LIKE came);
CREATE TABLE answers (state text);
-- what came, written as text and in binary and read again
CREATE FUNCTION came_back(file text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('COPY came TO %L (FORMAT binary)', file);
    EXECUTE format('COPY again FROM %L (FORMAT binary)', file);
    RETURN concat((SELECT count(*) FROM came) > 100, ' ', (SELECT count(*) FROM came c JOIN again g USING (n)
        WHERE c.a::text <> g.a::text OR c.a <> g.a OR pg_column_size(c.a) <> pg_column_size(g.a)), ' ',
        (SELECT count(*) FROM came WHERE a::text::kroles.audience::text <> a::text OR a::text::kroles.audience <> a), ' ',
        (SELECT count(*) FROM came) - (SELECT count(*) FROM again));
END $$;
CREATE FUNCTION try(command text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE command;
    INSERT INTO answers VALUES ('taken');
EXCEPTION WHEN OTHERS THEN
    INSERT INTO answers VALUES (CASE WHEN SQLSTATE ~ '^XX' THEN SQLSTATE || ' ' || SQLERRM || ' ' || command ELSE SQLSTATE END);
END $$;
END

srand 20;
sub pick { return $_[ int rand @_ ] }
my @words = qw(owner editor publisher viewer chat_moderator room_moderator speaker advanced_speaker owner_group editor_group viewer_group approved pending event);
my @ids = (0, 1, -1, 127, 128, 16384, 4294967296, '9223372036854775807', '-9223372036854775808', '9223372036854775808', '-9223372036854775809', '1e3', '0x10', '', ' 1', '1 ', '+5', "1\t");

# ---- Text ----
my @texts = ('', ' ', 'hidden', 'HIDDEN', ' hidden', 'hidden ', 'hidden owner=1', '5', '-5', '0', '0 owner=1', 'x', '=', '5 =', '5 =1', '5 owner', '5 owner=', '5 owner =1', '5 owner= 1',
	'5 owner=1 owner=1', '5 owner=2 owner=1', '5  owner=1', '5 owner=1  ', '5,owner=1', "5\nowner=1", '5 OWNER=1', '5 15=1', '5 0=1', '5 owner=1=1', '5 (null)=1', "5 owner=1\x{1}");
for (1 .. 2000)
{
	my $text = join ' ', pick(@ids), map { pick(@words) . '=' . pick(@ids) } 1 .. int rand 6;
	# often right but for a letter or two
	substr($text, int rand(length($text) + 1), int rand 3) = pick('', ' ', '=', 'x', '9', '-', "\t", '_', ' owner=7') for 1 .. pick(0, 0, 1, 1, 2);
	push @texts, $text;
}
my $n = 0;
sub quoted { my $text = shift; $text =~ s/'/''/g; return "'$text'" }
$node->safe_psql('postgres', join '', 'BEGIN;', (map { 'SELECT try(' . quoted('INSERT INTO came VALUES (' . $n++ . ', ' . quoted($_) . ')') . ");\n" } @texts), 'COMMIT;');
my $states = "SELECT string_agg(DISTINCT state, ', ' ORDER BY state) FROM answers; TRUNCATE answers";
attempt('22003, 22P02, taken', answer($node, $states), scalar(@texts) . ' texts as audiences');
attempt('t 0 0 0', answer($node, "SELECT came_back('$folder/text')"), 'what was taken comes back as it was, from text and from binary');
attempt($_->[0], answer($node, "SELECT left(($_->[1])::kroles.audience::text, 50)"), $_->[1])
	for [ '5 owner=1', q('5 owner=1' || repeat(' owner=1', 9000000)) ], [ '22P02', q(repeat('x', 20000000)) ], [ '22P02', q('5 ' || repeat('=', 20000000)) ],
	[ '22P02', q(repeat(' ', 20000000)) ], [ '22003', q(repeat('9', 20000000)) ], [ '22P02', q('5') ], [ '0 owner=1', q('0 owner=1') ];
control('64 64', answer($node, q(SELECT concat(count(*), ' ', count(DISTINCT t)) FROM (SELECT (i || ' owner=' || i * 1000003)::kroles.audience::text t FROM generate_series(1, 64) i) s)), 'different values are different texts');

# ---- Bytes ----
# COPY's own format: a signature, flags and no header; rows of two fields, each with its length; an end.
sub file_with
{
	my ($name, $bytes, $length) = @_;
	open my $file, '>:raw', "$folder/$name" or die;
	print $file "PGCOPY\n\xff\r\n\0", pack('NN', 0, 0), pack('nNN', 2, 4, ++$n), pack('N', $length), $bytes, pack('n', 65535);
	close $file;
}
my @tries;
for my $i (1 .. 3000)
{
	my $bytes = pack('q>', pick(0, 1, -1, 5, 9223372036854775807)) . join '', map { pack('Cq>', int rand 19, pick(0, 1, -1, 300, int rand 1e9)) } 1 .. int rand 8;
	my $what = int rand 6;
	substr($bytes, int rand length $bytes, 1) = chr int rand 256 if $what == 1;
	$bytes = substr $bytes, 0, int rand length $bytes if $what == 2;
	$bytes .= join '', map { chr int rand 256 } 0 .. int rand 30 if $what == 3;
	$bytes = join '', map { chr int rand 256 } 1 .. int rand 60 if $what == 4;
	file_with("bytes$i", $bytes, $what == 5 ? pick(0, 1, 7, 8, 9, length($bytes) + 1, 1e9, 2147483647, 4294967294) : length $bytes);
	push @tries, "SELECT try('COPY came FROM ''$folder/bytes$i'' (FORMAT binary)');\n";
}
$node->safe_psql('postgres', join '', "TRUNCATE came, again;\nBEGIN;\n", @tries, 'COMMIT;');
my $answers = answer($node, $states);
attempt('a documented error or none', $answers =~ /^(?:(?:08P01|22P03|22P04|54000|taken)(?:, |$))+$/ ? 'a documented error or none' : $answers, scalar(@tries) . ' times bytes as audiences');
attempt('t 0 0 0', answer($node, "SELECT came_back('$folder/binary')"), 'what was taken comes back as it was, from text and from binary');

# ---- Kept in another way ----
# Compressed, outside of the row, with a short header, in arrays and composites: the same value.
attempt('t t t t', answer($node, q(
	CREATE TABLE kept (plain kroles.audience, many kroles.audience[], row came);
	ALTER TABLE kept ALTER plain SET STORAGE EXTERNAL;
	INSERT INTO kept SELECT a, ARRAY[a, NULL, a], ROW(1, a)::came FROM (SELECT ('5' || string_agg(' viewer=' || i, ''))::kroles.audience FROM generate_series(1, 2000) i) AS v (a);
	SELECT concat_ws(' ', plain::text = many[3]::text, plain::text = (row).a::text, many[1] = plain, kroles.audience_hash(plain) = kroles.audience_hash(many[3])) FROM kept
)), 'an audience of 2,000 people, kept outside of the row, in an array and in a composite');
control('3', answer($node, 'ANALYZE kept; ANALYZE came; SELECT count(*) FROM pg_attribute WHERE attrelid = \'kept\'::regclass AND attnum > 0'), 'ANALYZE of tables with audiences');
control('0', answer($node, 'SELECT count(*) FROM kroles_verify()'), 'the server answers as before');

done_testing();
