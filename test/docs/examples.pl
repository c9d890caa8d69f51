#!/usr/bin/env perl
# Runs the examples of the documents and compares their output; prints TAP.
#
# What an example prints must be the block below it, as "psql -P footer=off -v SHOW_CONTEXT=never" shows it; the results of
# functions that return void are left out, and so is space at the end of lines. A statement with a comment "--> answer" behind it
# prints that, as "psql -At" does with its rows in one line, and is left out of the block. A block fenced as "csv NAME" is put
# into the file NAME. doc/clients.md is not run here: its examples take servers of other makers (examples/clients/run).
#
#   test/server run test/docs/examples.pl             compares
#   test/server run test/docs/examples.pl --write     puts the output of the examples into the documents, to be reviewed
use strict;
use warnings;

use Cwd qw(getcwd);
use File::Temp qw(tempdir);
use FindBin;
use lib "$FindBin::RealBin/lib";
use Document;
use Test::More;

my $write = @ARGV && $ARGV[0] eq '--write';
my %elsewhere = ('doc/clients.md' => 1);
my $top = getcwd();

# Lines without space at their ends, and no empty ones at the end.
sub trimmed
{
	my ($text) = @_;
	$text =~ s/[ \t]+$//mg;
	return $text =~ s/\n*\z//r;
}

# One psql session's output for each statement, in an empty database.
sub run
{
	my ($folder, @statements) = @_;
	my $script = '';
	for my $i (0 .. $#statements)
	{
		my ($statement, $answer) = @{ $statements[$i] };
		$script .= "\\echo <<$i>>\n";
		$script .= defined $answer
			? "\\pset format unaligned\n\\pset tuples_only on\n\\set QUIET off\n$statement\n"
			. "\\set QUIET on\n\\pset format aligned\n\\pset tuples_only off\n"
			: "$statement\n";
	}
	open my $out, '>', "$folder/script" or die "$folder: $!\n";
	print $out $script;
	close $out;
	system('createdb', 'documents') == 0 or die "createdb failed\n";
	chdir $folder;
	my $told = `psql -Xq -P footer=off -P fieldsep=' | ' -v SHOW_CONTEXT=never -d documents <script 2>&1`;
	chdir $top;
	system('dropdb', '--force', 'documents') == 0 or die "dropdb failed\n";
	system('psql', '-Xqc', q{SET client_min_messages = error; DO $$ DECLARE r name; BEGIN
		FOR r IN SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_' AND NOT rolsuper LOOP EXECUTE format('DROP ROLE %I', r);
		END LOOP; END $$}) == 0 or die "roles are left\n";
	my %output = $told =~ /^<<(\d+)>>\n(.*?)(?=^<<\d+>>\n|\z)/msg;
	return map { $output{$_} // '' } 0 .. $#statements;
}

# Whether what was printed is the answer in a comment: rows in one line, without the tag of the command behind them.
sub answers
{
	my ($printed, $answer) = @_;
	my @lines = split /\n/, $printed;
	pop @lines if @lines > 1 && $lines[-1] =~ /^(?:INSERT 0|UPDATE|DELETE) \d+$/;
	return (@lines ? join(', ', @lines) : '(0 rows)') eq $answer =~ s/ +\z//r;
}

# Puts what the examples of a document print into the blocks below them.
sub write_output
{
	my ($file, @examples) = @_;
	my @lines = split /\n/, Document::content($file);
	for my $example (reverse @examples)
	{
		my @old = split /\n/, $example->{below};
		my $end = $example->{block}{line} - 1 + split /\n/, $example->{block}{text};       # where the fence of the example ends
		my @new = split /\n/, trimmed($example->{printed});
		splice @lines, $end + 1, $example->{has_below} ? @old + 2 : 0, @new ? ('```', @new, '```') : ();
	}
	open my $out, '>', $file or die "$file: $!\n";
	print $out map { "$_\n" } @lines;
	close $out;
	return;
}

for my $file (grep { !$elsewhere{$_} } Document::all())
{
	my @mine = grep { $_->{language} eq 'sql' } Document::blocks($file) or next;
	my $folder = tempdir(CLEANUP => 1);
	my (@todo, @examples);
	for my $part (Document::chain($file))
	{
		my @blocks = Document::blocks($part);
		for my $i (0 .. $#blocks)
		{
			my $block = $blocks[$i];
			if ($block->{language} =~ /^csv (\w[\w.]*)$/)
			{
				open my $out, '>', "$folder/$1" or die "$1: $!\n";
				print $out $block->{text};
			}
			next unless $block->{language} eq 'sql';
			my @statements = Document::statements($block->{text});
			my $has_below = $i < $#blocks && $blocks[$i + 1]{adjacent} && $blocks[$i + 1]{language} eq '';
			push @examples, { block => $block, first => scalar @todo, last => @todo + @statements - 1, has_below => $has_below,
				below => $has_below ? $blocks[$i + 1]{text} : '' } if $part eq $file;
			push @todo, @statements;
		}
	}
	my @printed = run($folder, @todo);
	for my $example (@examples)
	{
		my $said = '';
		for my $i ($example->{first} .. $example->{last})
		{
			my ($statement, $answer) = @{ $todo[$i] };
			if (defined $answer)
			{
				ok(answers($printed[$i], $answer), "$file: $statement --> $answer") or diag $printed[$i];
			}
			else
			{
				$said .= $printed[$i] unless $printed[$i] =~ /\A [\w ]+\n-+\n \n\n?\z/;
			}
		}
		$example->{printed} = $said;
		is(trimmed($said), trimmed($example->{below}), "$file: the example in line $example->{block}{line}");
	}
	write_output($file, @examples) if $write;
}
done_testing();
