# Forged identities from the server's side: configuration files, preloading, and a database of another encoding.
use strict;
use warnings;

use Digest::SHA qw(hmac_sha256);
use FindBin;
use lib "$FindBin::RealBin/lib";
use Attack;
use MIME::Base64 qw(encode_base64url);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $secret = 'a secret of the tests, 32 bytes.';

sub token
{
	my ($claims) = @_;
	my $text = encode_base64url('{"alg":"HS256"}') . '.' . encode_base64url($claims);
	return "$text." . encode_base64url(hmac_sha256($text, $secret));
}

my $token = token('{"sub":"ada","exp":4102444800}');
my $node = PostgreSQL::Test::Cluster->new('identity_server');
$node->init;
$node->start;
my $portal = <<"END";
CREATE EXTENSION kroles;
INSERT INTO kroles.users (login, administrator) VALUES ('ada', true), ('\xc3\xa9va', false);
INSERT INTO kroles.signing_keys (kid, algorithm, key) VALUES ('main', 'HS256', '$secret');
SELECT kroles_trust_gateway('gateway');
END
$node->safe_psql('postgres', "CREATE ROLE app LOGIN; CREATE ROLE gateway LOGIN; CREATE ROLE configured LOGIN; $portal");

my $who = "SELECT coalesce(kroles_current_user()::text, 'nobody');";
control('1', answer($node, "SET kroles.token = '$token'; $who", role => 'app'), 'a signed token');

# ---- The environment of a client ----
for my $role (qw(app gateway))
{
	local $ENV{PGOPTIONS} = '-c kroles.user=ada';
	my $expected = $role eq 'gateway' ? '1' : 'nobody';
	($role eq 'gateway' ? \&control : \&attempt)->($expected, answer($node, $who, role => $role), "PGOPTIONS with kroles.user in a session of $role");
}
{
	local $ENV{PGOPTIONS} = '-c kroles.token=ada';
	attempt('28000', answer($node, $who, role => 'app'), 'PGOPTIONS with kroles.token');
}

# ---- postgresql.conf, reloaded under a session that has loaded the library ----
$node->safe_psql('postgres', 'ALTER ROLE configured SET kroles."user" = \'ada\'');
$node->append_conf('postgresql.conf', "kroles.user = 'ada'\nkroles.token = '$token'");
$node->reload;
for my $how ('a reload', 'a restart', 'a restart with session_preload_libraries', 'a restart with shared_preload_libraries')
{
	$node->append_conf('postgresql.conf', "$1 = 'kroles'") if $how =~ /with (.*)/;
	$node->stop if $how =~ /restart/;
	if ($how =~ /restart/ && !$node->start(fail_ok => 1))
	{
		fail("control: the server starts, after $how");
		$node->adjust_conf('postgresql.conf', 'shared_preload_libraries', undef);
		$node->start;
	}
	for my $role (qw(app gateway))
	{
		attempt('nobody', answer($node, $who, role => $role), "postgresql.conf with kroles.user and kroles.token, after $how, in a session of $role");
		control('1', answer($node, "SET kroles.token = '$token'; $who", role => $role), "a signed token, after $how, in a session of $role");
		attempt('nobody', answer($node, "SET kroles.token = '$token'; RESET kroles.token; $who", role => $role), "RESET kroles.token, after $how, in a session of $role");
	}
}
$node->safe_psql('postgres', "SELECT kroles_trust_gateway('configured')");
attempt('nobody', answer($node, $who, role => 'configured'), 'ALTER ROLE ... SET kroles.user, the library preloaded');

# ---- A database in Latin-1 ----
# What a token names must be a text of the database: a login in other letters is nobody's.
$node->safe_psql('postgres', "CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'");
$node->safe_psql('latin', "SET client_encoding = 'UTF8'; $portal");
sub who_in_latin
{
	my ($stdout, $stderr);
	$node->psql('latin', "\\set VERBOSITY sqlstate\nSET kroles.token = '" . token($_[0]) . "'; $who", stdout => \$stdout, stderr => \$stderr, extra_params => [ '-U', 'app' ]);
	return $stderr =~ /ERROR: +(\w{5})/ ? $1 : $stdout;
}
control('1', who_in_latin('{"sub":"ada","exp":4102444800}'), 'Latin-1: a plain login');
control('2', who_in_latin("{\"sub\":\"\xc3\xa9va\",\"exp\":4102444800}"), 'Latin-1: a login with a letter that Latin-1 has');
control('2', who_in_latin('{"sub":"\u00e9va","exp":4102444800}'), 'Latin-1: the same, escaped');
attempt('28000', who_in_latin("{\"sub\":\"\xd0\xb0da\",\"exp\":4102444800}"), 'Latin-1: a login with a letter that Latin-1 lacks');
attempt('28000', who_in_latin('{"sub":"\u0430da","exp":4102444800}'), 'Latin-1: the same, escaped');
attempt('28000', who_in_latin("{\"sub\":\"\xe9va\",\"exp\":4102444800}"), 'Latin-1: a token that is in Latin-1 itself, not in UTF-8');

done_testing();
