# A psql session that stays: it keeps its caches, plans, cursors and transaction from one question to the next, and may wait
# for something while the test goes on.
package Session;
use strict;
use warnings;

use IPC::Run qw(start timeout);

# Opens one on a server's database "postgres", as its superuser or as another role; "person" is whom the session speaks for.
sub new
{
	my ($class, $node, %options) = @_;
	my $self = bless { in => '', out => '', asked => 0, timer => timeout(90) }, $class;
	$self->{psql} = start([ $node->installed_command('psql'), '-XAtq', '-f', '-', '-v', 'VERBOSITY=sqlstate', '-d', 'postgres',
		'-h', $node->host, '-p', $node->port, $options{role} ? ('-U', $options{role}) : () ],
		'<', \$self->{in}, '>', \$self->{out}, '2>&1', $self->{timer});
	$self->ask(qq{SET kroles."user" = '$options{person}'}) if $options{person};
	$self->{pid} = $self->ask('SELECT pg_backend_pid()');
	return $self;
}

# Sends statements and does not wait.
sub begin
{
	my ($self, $sql) = @_;
	$self->{asked}++;
	$self->{in} .= "$sql;\n\\echo <<$self->{asked}>>\n";
	$self->{timer}->start;
	$self->{psql}->pump_nb;
	return;
}

# What the statements begun have printed, in one line, when they are done; "ERROR: sqlstate" where one failed.
sub told
{
	my ($self) = @_;
	my $end = qr/^<<$self->{asked}>>\n/m;
	$self->{psql}->pump until $self->{out} =~ $end;
	$self->{timer}->reset;
	my ($told) = $self->{out} =~ /^(.*?)$end/s;
	$self->{out} = '';
	$told =~ s/^psql:\S+ (?=ERROR)//mg;
	return join ' ', split /\n/, $told;
}

sub ask
{
	my ($self, $sql) = @_;
	$self->begin($sql);
	return $self->told;
}

# The server process behind the session.
sub pid { return $_[0]{pid} }

# Whether the statements begun are done.
sub done
{
	my ($self) = @_;
	$self->{psql}->pump_nb;
	return $self->{out} =~ /^<<$self->{asked}>>\n/m;
}

# Waits until another session waits for what the pattern says, "type event" of pg_stat_activity, or is done without; whether it
# waits.
sub await
{
	my ($self, $other, $pattern) = @_;
	for (1 .. 3000)
	{
		return 1 if $self->ask("SELECT concat_ws(' ', wait_event_type, wait_event) FROM pg_stat_activity WHERE pid = $other->{pid}") =~ $pattern;
		return 0 if $other->done;
		select undef, undef, undef, 0.01;
	}
	return 0;
}

sub DESTROY
{
	my ($self) = @_;
	local ($?, $@);
	eval { $self->{psql}->kill_kill } if $self->{psql};
	return;
}

1;
