# One backend, as behind a pooler: 100,000 statements as 5,000 people in turn, while others change rights. Its memory stays what
# it is once the caches are full, which here are small. (Without autovacuum, which changes plans, and with them
# what is kept.)
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Load;
use Portal;
use PostgreSQL::Test::Utils;
use Session;
use Test::More;

my ($statements, $people) = (100_000, 5_000);
my $node = start_portal('people', conf => "kroles.cache_size = '4MB'\nautovacuum = off");
$node->safe_psql('postgres', <<"END");
INSERT INTO kroles.users (id, login, applicative_role) SELECT n, 'u' || n, (ARRAY['viewer', 'private_only', 'admin'])[1 + n % 3]::kroles.applicative_role FROM generate_series(1, $people) AS n;
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) SELECT n, 'channel', (ARRAY['private', 'restricted', 'open'])[1 + n % 3]::kroles.space_type, 'channel ' || n, n FROM generate_series(1, 300) AS n;
INSERT INTO kroles.space_members (space_id, user_id, role) SELECT 1 + (u * 7 + n * 31) % 300, u, 'member' FROM generate_series(301, $people) AS u, generate_series(1, 8) AS n;
INSERT INTO kroles.media (id, name, owner_id) SELECT n, 'film ' || n, 1 + n % $people FROM generate_series(1, 20000) AS n;
INSERT INTO kroles.publications (media_id, space_id) SELECT n, 1 + n % 300 FROM generate_series(1, 20000) AS n;
VACUUM (ANALYZE);
END
my $session = Session->new($node, role => 'app');
my $other = Session->new($node);
my @questions = (
	'SELECT count(*) FROM kroles.media WHERE id % 50 = 1',
	'SELECT id FROM kroles.media ORDER BY id DESC LIMIT 20',
	q{SELECT count(*) FROM generate_series(1, 50) AS id WHERE kroles_can('view', 'media', id)},
	q{SELECT kroles_rights('channel', 1 + :n % 300)},
	'SELECT count(*) FROM kroles.publications WHERE space_id = 1 + :n % 300');
my @size;    # what the backend has for itself alone after each tenth, in kB

my ($asked, $errors) = (0, 0);
while ($asked < $statements)
{
	my $batch = '';
	for (1 .. 250)
	{
		$batch .= sprintf qq{SET kroles."user" = 'u%d';\n%s;\n}, 1 + ($asked * 17) % $people, $questions[ ($asked + int($asked / $people)) % @questions ] =~ s/:n/$asked/gr;
		$asked++;
	}
	$errors++ if $session->ask("\\o /dev/null\n$batch\\o\n") =~ /ERROR/;
	$other->ask('UPDATE kroles.space_members SET role = CASE role WHEN \'member\' THEN \'contributor\' ELSE \'member\' END::kroles.contextual_role WHERE id % 100 = ' . $asked / 1000 % 100) if $asked % 1000 == 0;
	if ($asked % ($statements / 10) == 0)
	{
		push @size, slurp_file('/proc/' . $session->pid . '/status') =~ /^RssAnon:\s+(\d+) kB/m;
	}
}
is($errors, 0, 'every statement is answered');
is($session->ask('RESET kroles."user"; SELECT count(*) FROM kroles.media'), '0', 'the session still answers, nobody as nobody');
cmp_ok($size[-1], '<=', $size[1] + 1024, 'its memory is what it was after two tenths, but for a megabyte');
is($node->safe_psql('postgres', 'SELECT * FROM kroles_verify()'), '', 'what is stored is what it is derived from');
figure(sprintf 'people: %d statements as %d people in one backend; its own memory after each tenth, MB: %s', $statements, $people, join ' ', map { sprintf '%.1f', $_ / 1024 } @size);
done_testing();
