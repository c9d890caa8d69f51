#!/usr/bin/env perl
# doc/screens.md: every statement is run in the example portal, as a user of the kind that it names, and answers with a row or
# changes one. Prints TAP.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Document;
use Test::More;

my %login = (anyone => 'iva.petrova', contributor => 'oliver.brandt', host => 'mei-lin.chen', administrator => 'ingrid.solberg',
	map { $_ => 'anna.kowalczyk' } qw(owner moderator manager organizer));

# What is asked about: of the example portal, and an event and a playlist that it has not.
my $setup = <<'SQL';
SET SESSION AUTHORIZATION campus_portal;
SET kroles."user" = 'ingrid.solberg';
SELECT id AS room FROM kroles.media WHERE external_id = 'society-room' \gset
SELECT id AS media FROM kroles.media WHERE external_id = 'algorithms-1' \gset
SELECT id AS own FROM kroles.media WHERE external_id = 'project-timetable' \gset
SELECT id AS space FROM kroles.spaces WHERE external_id = 'algorithms' \gset
SELECT id AS channel FROM kroles.spaces WHERE external_id = 'open-lectures' \gset
SELECT media_id AS pending FROM kroles.publications WHERE status = 'pending' AND space_id = :space LIMIT 1 \gset
SELECT media_id AS seen, space_id AS seen_in FROM kroles.publications WHERE status = 'approved' AND space_id = :channel LIMIT 1 \gset
SELECT id AS user FROM kroles.users WHERE login = 'iva.petrova' \gset
INSERT INTO kroles.playlists (space_id, name) VALUES (:channel, 'First week') RETURNING id AS playlist \gset
INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (:playlist, :seen);
INSERT INTO kroles.space_members (space_id, user_id) VALUES (:space, :user) ON CONFLICT DO NOTHING;
INSERT INTO kroles.media_speakers (media_id, user_id) VALUES (:seen, :user) ON CONFLICT (media_id, user_id) DO NOTHING;
INSERT INTO kroles.channels (name, type, joining, owner_id) SELECT 'Club', 'private', 'by_request', id FROM kroles.users WHERE login = 'anna.kowalczyk' RETURNING id AS joinable \gset
INSERT INTO kroles.users (login, name) VALUES ('new.comer', 'New Comer') RETURNING id AS newcomer \gset
INSERT INTO kroles.join_requests (space_id, user_id) VALUES (:joinable, :newcomer) RETURNING id AS request \gset
SET kroles."user" = 'anna.kowalczyk';
INSERT INTO kroles.playlists (name) VALUES ('Mine') RETURNING id AS mine \gset
INSERT INTO kroles.events (name) VALUES ('Open day') RETURNING id AS event \gset
INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (:event, :media);
SET kroles."user" = 'mei-lin.chen';
SELECT kroles_room_join(:room) \g /dev/null
SQL

my @rows = map { [ split /(?<!\\)\|/ ] } grep { /^\| / && !/^\| screen/ } split /\n/, Document::content('doc/screens.md');
my ($script, @names) = ($setup);
for my $row (@rows)
{
	my ($screen, $who, $statement) = map { s/^ +| +$//gr =~ s/^`|`$//gr =~ s/\\\|/|/gr } @$row[1 .. 3];
	push @names, "$screen ($who): $statement";
	my %value = $who eq 'contributor' ? (media => ':own') : $who eq 'anyone' ? (media => ':seen', space => ':seen_in') : ();
	$value{space} = ':joinable' if $screen eq 'who asks to join';
	$statement =~ s/(?<!:):(\w+)/$value{$1} || ":$1"/ge;
	$statement =~ s/(?<!:):text\b/:'text'/g;
	$statement =~ s/:parent\b/NULL/g;
	my $as = $login{$who} ? "SET LOCAL kroles.\"user\" = '$login{$who}';" : '';
	my $session = $login{$who} ? '' : 'RESET SESSION AUTHORIZATION;';
	$script .= "\\set text ${\($screen =~ /suggestions/ ? 'iva' : 'lec')}\n$session\nBEGIN; $as\n\\echo <<$#names>>\n$statement;\n\\echo <<rows>> :ROW_COUNT\nROLLBACK;\n";
}

system 'createdb', 'screens';
system 'psql', '-Xq', '-d', 'screens', '-f', 'examples/portal.sql';
open my $out, '>', "$ENV{PGHOST}/screens.sql" or die "$ENV{PGHOST}: $!\n";
print $out $script;
close $out;
my $told = `psql -XAtq -d screens <$ENV{PGHOST}/screens.sql 2>&1`;
system 'dropdb', '--force', 'screens';
system 'psql', '-Xqc', 'DROP ROLE campus_portal';

my ($before) = $told =~ /\A(.*?)^<<0>>$/ms;
is($before, '', 'what the statements ask about is there');
my %answer = $told =~ /^<<(\d+)>>\n(.*?)(?=^<<\d+>>$|\z)/msg;
for my $i (0 .. $#names)
{
	my ($rows) = ($answer{$i} // '') =~ /^<<rows>> (\d+)$/m;
	ok(($answer{$i} // '') !~ /^(?:ERROR|WARNING)/m && ($rows || $names[$i] =~ /doctor/), $names[$i]) or diag $answer{$i};
}
cmp_ok(scalar @names, '>=', 40, 'the page has its statements');
done_testing();
