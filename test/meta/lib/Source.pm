# Reads the C source: its rooms, what includes what, functions and their sizes. Every check returns the problems that it finds,
# as texts.
package Source;

use strict;
use warnings;
use File::Find qw(find);
use Test::More ();

# The rooms of src/, the lowest first: a file may include headers of its own room and of rooms before it. Files directly in
# src/ may include all.
our @rooms = qw(core rules store cache statement identity audience decide rls planner answers guards preview import replicas);

our $longest_function = 100;
our $longest_file = 450;
our $longest_uncommented = 35;

# A test that there are no problems; tells all of them.
sub none
{
	my ($problems, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	Test::More::ok(!@$problems, $name) or Test::More::diag(join "\n", @$problems);
	return;
}

# Reads all C files below a folder: a hash from the path there ("cache/entries.h") to the text.
sub read_tree
{
	my ($root) = @_;
	my %text;
	find({ no_chdir => 1, wanted => sub {
		return unless /\.[ch]$/ && -f;
		open my $in, '<', $_ or die "$_: $!\n";
		local $/;
		$text{ substr($_, length($root) + 1) } = <$in>;
	} }, $root);
	return \%text;
}

# The room of a path: its folder, or '' directly in src/.
sub room_of
{
	my ($path) = @_;
	return $path =~ m{^(.*)/} ? $1 : '';
}

# The headers of ours that a file includes, as paths: "room/name.h", or "name.h" of the same room. All others are PostgreSQL's.
sub includes
{
	my ($text, $path) = @_;
	my $room = room_of($path);
	my @found;
	foreach my $name ($text->{$path} =~ /^[ \t]*#[ \t]*include[ \t]+"([^"]+)"/mg)
	{
		my ($header) = grep { exists $text->{$_} } ($room ne '' ? "$room/$name" : ()), $name;
		push @found, $header if defined $header;
	}
	return @found;
}

sub unknown_rooms
{
	my ($text) = @_;
	my %known = map { $_ => 1 } '', @rooms;
	return map { "$_ is in no room that test/meta/lib/Source.pm lists" } grep { !$known{ room_of($_) } } sort keys %$text;
}

# Includes of a header in a higher room.
sub upward_includes
{
	my ($text) = @_;
	my %rank = ('' => scalar @rooms, map { $rooms[$_] => $_ } 0 .. $#rooms);
	my @problems;
	foreach my $path (sort keys %$text)
	{
		my $from = $rank{ room_of($path) } // next;
		push @problems, map { "$path includes $_, of a higher room" }
			grep { ($rank{ room_of($_) } // -1) > $from } includes($text, $path);
	}
	return @problems;
}

# Circles in a graph (a hash from a node to the nodes it points to): each as "a -> b -> a", from the first of its nodes.
sub circles
{
	my ($graph) = @_;
	my (%state, %seen, @path, @found);
	my $visit;
	$visit = sub {
		my ($node) = @_;
		$state{$node} = 'open';
		push @path, $node;
		foreach my $next (sort keys %{ $graph->{$node} || {} })
		{
			if (($state{$next} // '') eq 'open')
			{
				my ($start) = grep { $path[$_] eq $next } 0 .. $#path;
				my $circle = join ' -> ', @path[ $start .. $#path ], $next;
				push @found, $circle unless $seen{$circle}++;
			}
			$visit->($next) unless $state{$next};
		}
		pop @path;
		$state{$node} = 'done';
	};
	$state{$_} or $visit->($_) foreach sort keys %$graph;
	undef $visit;
	return @found;
}

# Circles between rooms, whatever their order, and between headers.
sub include_circles
{
	my ($text) = @_;
	my (%rooms, %headers);
	foreach my $path (keys %$text)
	{
		foreach my $header (includes($text, $path))
		{
			my ($from, $to) = map { room_of($_) || 'src' } $path, $header;
			$rooms{$from}{$to} = 1 if $from ne $to;
			$headers{$path}{$header} = 1 if $path =~ /\.h$/;
		}
	}
	return circles(\%rooms), circles(\%headers);
}

# Files that do not begin with a comment of their name and what they are for.
sub without_header
{
	my ($text) = @_;
	return map { "$_ does not begin with a comment of its name and what it is for" }
		grep { my ($name) = m{([^/]+)$}; $text->{$_} !~ m{^/\*\n \* \Q$name\E\n \*\t\t\S} } sort keys %$text;
}

sub long_files
{
	my ($text) = @_;
	return map { my $n = () = $text->{$_} =~ /\n/g; $n > $longest_file ? "$_ has $n lines" : () } sort keys %$text;
}

# The functions that a file defines, in PostgreSQL's layout: result type, name and body each at the beginning of a line. Each is
# a hash: path, name, static, lines (from the type to the last brace) and before (what stands above).
sub functions
{
	my ($text, $path) = @_;
	my @found;
	while ($text->{$path} =~ /^((?:[A-Za-z_][\w \t*(),]*\n)?)((\w+)\((?:[^;{}#]*?)\)[ \t]*\n)\{\n(.*?)^\}\n/msg)
	{
		my ($type, $head, $name, $body) = ($1, $2, $3, $4);
		my $before = substr $text->{$path}, 0, $-[0];
		my $lines = () = "$type$head$body" =~ /\n/g;
		push @found,
			{ path => $path, name => $name, static => scalar($type =~ /\bstatic\b/), lines => $lines + 2, before => $before };
	}
	return @found;
}

sub all_functions
{
	my ($text) = @_;
	return map { functions($text, $_) } grep { /\.c$/ } sort keys %$text;
}

sub long_functions
{
	my ($text) = @_;
	return map { "$_->{path}: $_->{name}() has $_->{lines} lines" } grep { $_->{lines} > $longest_function } all_functions($text);
}

# Functions that other files may call, without a comment here or a declaration in a header (which has it); and long static ones.
sub without_comment
{
	my ($text) = @_;
	my $declared = join '', map { $text->{$_} } grep { /\.h$/ } keys %$text;
	return map { "$_->{path}: $_->{name}() has no comment" } grep {
		my $function = $_;
		my $above = $function->{before} =~ s/^(?:PG_FUNCTION_INFO_V1|extern PGDLLEXPORT )[^;]*;\s*\z//mr;
		!($above =~ m{\*/\n\s*\z}
			|| $function->{static} && $function->{lines} <= $longest_uncommented
			|| $function->{name} eq '_PG_init'
			|| !$function->{static} && $declared =~ /\b$function->{name}\(/)
	} all_functions($text);
}

# Functions that are not static and whose names do not say that they are kroles's. (_PG_init is PostgreSQL's name.)
sub without_prefix
{
	my ($text) = @_;
	return map { "$_->{path}: $_->{name}() is not static, and does not begin with kroles_" }
		grep { !$_->{static} && $_->{name} !~ /^(?:kroles_|_PG_)/ } all_functions($text);
}

# The same for variables of a whole file.
sub variables_without_prefix
{
	my ($text) = @_;
	my @problems;
	foreach my $path (grep { /\.c$/ } sort keys %$text)
	{
		while ($text->{$path} =~ /^(?!static\b|extern\b|typedef\b|return\b)\w[\w \t*]*?[\s*](\w+)[ \t]*(?:\[[^\]\n]*\][ \t]*)*(?:=|;)/mg)
		{
			push @problems, "$path: $1 is not static, and does not begin with kroles_" unless $1 =~ /^kroles_/;
		}
	}
	return @problems;
}

# PG_FUNCTION_INFO_V1 that does not stand right above its function.
sub misplaced_info
{
	my ($text) = @_;
	my @problems;
	foreach my $path (grep { /\.c$/ } sort keys %$text)
	{
		while ($text->{$path} =~ /^PG_FUNCTION_INFO_V1\((\w+)\);\n(?!Datum\n\1\(PG_FUNCTION_ARGS\))/mg)
		{
			push @problems, "$path: PG_FUNCTION_INFO_V1($1) does not stand right above its function";
		}
	}
	return @problems;
}

1;
