# A document in Markdown, seen as the examples it holds.
#
# An example is a block fenced as ```sql. The fenced block without a language right below it is its output. A document that
# says "The examples continue those of [...](FILE)" takes up the database and the session of that file's examples.
package Document;
use strict;
use warnings;

use File::Basename qw(dirname);
use File::Spec;

# The documents that hold text for readers, as paths from the top of the repository.
sub all
{
	return ('README.md', 'CONTRIBUTING.md', sort glob 'doc/*.md');
}

sub content
{
	my ($file) = @_;
	open my $in, '<', $file or die "$file: $!\n";
	local $/;
	return scalar <$in>;
}

# The fenced blocks, each with the language, the text, the line on which the text begins and whether another block ends right above.
sub blocks
{
	my ($file) = @_;
	my (@blocks, $open);
	my ($number, $ended) = (0, 0);
	for my $line (split /\n/, content($file))
	{
		$number++;
		if ($open)
		{
			if ($line =~ /^```$/) { push @blocks, $open; $open = undef; $ended = $number }
			else { $open->{text} .= "$line\n" }
		}
		elsif ($line =~ /^```(.*)$/)
		{
			$open = { language => $1, text => '', line => $number + 1, adjacent => $ended == $number - 1 && @blocks > 0 };
		}
	}
	die "$file: a fence is not closed\n" if $open;
	return @blocks;
}

# The files whose examples come before those of a document, first things first, and the document itself.
sub chain
{
	my ($file) = @_;
	my ($before) = content($file) =~ /The examples continue those of\s+(?:the\s+)?\[[^]]*\]\(([^)]+)\)/;
	return $file unless $before;
	my $path = File::Spec->canonpath(dirname($file) . "/$before");
	1 while $path =~ s{[^/]+/\.\./}{};
	return (chain($path), $file);
}

# SQL as its statements: [statement, the answer that a comment "--> answer" behind it names]. A line of a psql command is one, too.
sub statements
{
	my ($text) = @_;
	my @statements;
	my $piece = qr/'(?:[^']|'')*'|"[^"]*"|\$\$.*?\$\$|--[^\n]*|[^;\\]/s;
	while ($text =~ /\G\s*(?:--(?!>)[^\n]*\n\s*)*(?:(\\[^\n]*)|($piece+?(?:;|\\g[^\n]*)))[ \t]*(?:--> ([^\n]*)|--[^\n]*)?\n?/gc)
	{
		push @statements, [ $1 // $2, $3 ];
	}
	die 'this is no statement: ' . substr($text, pos($text) // 0) . "\n" if substr($text, pos($text) // 0) =~ /\S/;
	return @statements;
}

1;
