# Runs every row of the tables in sentences/README.md: the user of the row sends its statements on the portal that
# sentences/portal.sql creates, and the answer must be that of the row. Each row is rolled back, so it stands alone.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Cluster;
use Session;
use Test::More;

# How many rows each part has; a sentence that is lost is a failure.
my %rows_of_part = (1 => 77, 2 => 172, 3 => 143, 4 => 43, 5 => 119);

# The rows of the file's tables as [number, what it says, who asks, statements, answer].
sub sentences
{
	my ($file) = @_;
	open my $in, '<', $file or die "$file: $!\n";
	chomp(my @lines = <$in>);
	return map { [ split / *(?<!\\)\| */, s/^\| *| *\|$//gr, -1 ] } grep { /^\| *\d/ } @lines;
}

# What is wrong with the rows as a table; nothing, where they are sound.
sub flaws
{
	my ($rows, $people) = @_;
	my (%count, @flaws);
	for my $row (@$rows)
	{
		my ($number, $says, $who, $statements, $answer) = @$row;
		my ($part) = $number =~ /^(\d)\.\d+$/;
		push @flaws, "$number is not the next number" unless defined $part && $number eq $part . '.' . ++$count{$part};
		push @flaws, "$number has not five cells with something in each" unless @$row == 5 && !grep { !/[^\s`]/ } @$row;
		push @flaws, map { "$number: nobody is called $_" } grep { !$people->{$_} } split /, then /, $who // '';
	}
	push @flaws, map { "part $_ has " . ($count{$_} // 0) . " rows, not $rows_of_part{$_}" }
		grep { ($count{$_} // 0) != $rows_of_part{$_} } sort keys %rows_of_part;
	return @flaws;
}

# The answer to a row's last statement, and all that was said and answered before it.
sub answer
{
	my ($session, $who, $cell) = @_;
	my @people = split /, then /, $who;
	my ($answer, @told);
	$session->ask('BEGIN');
	for my $statement ($cell =~ /((?:'[^']*'|[^';])+)/g)
	{
		my $person = @people > 1 ? shift @people : $people[0];
		$session->ask(sprintf q{SET LOCAL kroles."user" = '%s'}, $person eq 'nobody' ? '' : $person);
		$answer = $session->ask($statement);
		push @told, "$person: $statement -> $answer";
	}
	$session->ask('ROLLBACK');
	return ($answer =~ s/^ERROR: +//r, @told);
}

my $node = PostgreSQL::Test::Cluster->new('sentences');
$node->init;
$node->append_conf('postgresql.conf', 'fsync = off');
$node->start;

my @rows = sentences("$FindBin::RealBin/sentences/README.md");
chdir "$FindBin::RealBin/sentences" or die "sentences: $!\n";
$node->safe_psql('postgres', '\ir portal.sql');
my %people = map { $_ => 1 } 'nobody', split /\n/, $node->safe_psql('postgres', 'SELECT login FROM kroles.users');
is(join("\n", flaws(\@rows, \%people)), '', 'the tables are whole');

my $session = Session->new($node, role => 'portal');
$session->ask("\\i names.psql\n\\set QUIET off\nSET client_min_messages = warning");
for my $row (@rows)
{
	my ($number, $says, $who, $statements, $expected) = map { s/\\\|/|/gr } @$row;
	s/^`|`$//g for $statements, $expected;
	my ($got, @told) = answer($session, $who, $statements);
	is($got, $expected, "$number $who: $says") or diag map { "$_\n" } @told;
}
is($node->safe_psql('postgres', 'SELECT count(*) FROM kroles_verify()'), '0', 'and all was rolled back to a sound portal');
done_testing();
