# Signatures of public keys: only the key itself, in its own algorithm, makes one that counts. All keys are made here.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Attack;
use MIME::Base64 qw(encode_base64url);
use Digest::SHA qw(hmac_sha256 hmac_sha384 hmac_sha512);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('signatures');
$node->init;
$node->start;
$node->safe_psql('postgres', <<'END');
CREATE EXTENSION kroles;
INSERT INTO kroles.users (login) VALUES ('eve');
CREATE ROLE app LOGIN;
SELECT kroles_grant_access('app');
END
my $dir = PostgreSQL::Test::Utils::tempdir();

# Runs openssl with a text as input; returns what it prints.
sub openssl
{
	my ($input, @arguments) = @_;
	my ($out, $err);
	IPC::Run::run([ 'openssl', @arguments ], '<', \$input, '>', \$out, '2>', \$err) or die "openssl @arguments: $err";
	return $out;
}

# Makes a key pair: the name of the file with the private key, and the public key.
my $made = 0;

sub make_key
{
	my @options = @_;
	my $file = "$dir/" . $made++;
	openssl('', 'genpkey', '-out', $file, '-algorithm', @options);
	return { file => $file, public => openssl('', 'pkey', '-in', $file, '-pubout') };
}

sub rsa { return make_key('RSA', '-pkeyopt', "rsa_keygen_bits:$_[0]") }
sub curve { return make_key('EC', '-pkeyopt', "ec_paramgen_curve:$_[0]", '-pkeyopt', 'ec_param_enc:named_curve') }

# The two numbers of an ECDSA signature, each as long as the curve's, in place of openssl's ASN.1.
sub numbers
{
	my ($der, $length) = @_;
	my @numbers = openssl($der, 'asn1parse', '-inform', 'DER') =~ /INTEGER +:([0-9A-F]+)/g;
	return join '', map { pack 'H*', substr(('0' x (2 * $length)) . $_, -2 * $length) } @numbers;
}

# What signs in an algorithm: text and key pair to signature.
my %numbers_have = (256 => 32, 384 => 48, 512 => 66);
my %sign;
for my $bits (256, 384, 512)
{
	$sign{"RS$bits"} = sub { openssl($_[0], 'dgst', "-sha$bits", '-sign', $_[1]{file}) };
	$sign{"PS$bits"} = sub { openssl($_[0], 'dgst', "-sha$bits", '-sigopt', 'rsa_padding_mode:pss', '-sign', $_[1]{file}) };
	$sign{"ES$bits"} = sub { numbers(openssl($_[0], 'dgst', "-sha$bits", '-sign', $_[1]{file}), $numbers_have{$bits}) };
}
$sign{EdDSA} = sub {
	my ($text, $key) = @_;
	PostgreSQL::Test::Utils::append_to_file("$dir/text.$made", $text);
	return openssl('', 'pkeyutl', '-sign', '-inkey', $key->{file}, '-rawin', '-in', "$dir/text." . $made++);
};
$sign{HS256} = sub { hmac_sha256($_[0], $_[1]{public}) };
$sign{HS384} = sub { hmac_sha384($_[0], $_[1]{public}) };
$sign{HS512} = sub { hmac_sha512($_[0], $_[1]{public}) };

# A token for eve; the header may name more, or another algorithm than it is signed in.
my $claims = '{"sub":"eve","exp":4102444800}';

sub token
{
	my ($algorithm, $key, %options) = @_;
	my $kid = exists $options{kid} ? $options{kid} : $key->{kid};
	my $header = sprintf '{"alg":"%s"%s%s}', $options{says} // $algorithm, $kid ? ",\"kid\":\"$kid\"" : '', $options{header} // '';
	my $text = encode_base64url($header) . '.' . encode_base64url($claims);
	my $signature = $sign{$algorithm}->($text, $key);
	$signature = $options{bend}->($signature) if $options{bend};
	return "$text." . encode_base64url($signature);
}

sub who
{
	my ($token) = @_;
	return answer($node, "SET kroles.token = '$token'; SELECT login FROM kroles.users;", role => 'app');
}

# Gives the site a public key, under a name of its own.
sub add_key
{
	my ($kid, $algorithm, $key) = @_;
	$node->safe_psql('postgres', "INSERT INTO kroles.signing_keys (kid, algorithm, key) VALUES ('$kid', '$algorithm', '$key->{public}')");
	return { %$key, kid => $kid };
}

# ---- The honest way, and another key of the same kind ----
my $rsa = rsa(2048);
my $other_rsa = rsa(2048);
my %curves = (ES256 => 'P-256', ES384 => 'P-384', ES512 => 'P-521');
my %key = map { $_ => add_key($_, $_, $rsa) } qw(RS256 RS384 RS512);
$key{$_} = add_key($_, $_, curve($curves{$_})) for sort keys %curves;
$key{EdDSA} = add_key('EdDSA', 'EdDSA', make_key('ED25519'));
for my $algorithm (sort keys %key)
{
	my $key = $key{$algorithm};
	my $stranger = $algorithm =~ /^RS/ ? $other_rsa : $algorithm eq 'EdDSA' ? make_key('ED25519') : curve($curves{$algorithm});
	control('eve', who(token($algorithm, $key)), "$algorithm");
	control('eve', who(token($algorithm, $key, kid => undef)), "$algorithm, without naming the key");
	attempt('28000', who(token($algorithm, $stranger, kid => $algorithm)), "$algorithm, signed with a key of one's own");
	attempt('28000', who(token($algorithm, $stranger, kid => undef)), "$algorithm, signed with a key of one's own, naming none");
	attempt('28000', who(token($algorithm, $key, kid => 'unknown')), "$algorithm, naming an unknown key");
	attempt('28000', who(token($algorithm, $key, kid => $algorithm eq 'EdDSA' ? 'RS256' : 'EdDSA')), "$algorithm, naming a key of another kind");
	attempt('28000', who(token($algorithm, $key, says => 'none')), "$algorithm, called none");
	attempt('28000', who(token($algorithm, $key, header => ',"crit":["exp"]')), "$algorithm, with a critical extension");
	attempt('28000', who(token($algorithm, $key, bend => sub { '' })), "$algorithm, without a signature");
	attempt('28000', who(token($algorithm, $key, bend => sub { "\0" x length $_[0] })), "$algorithm, a signature of zeros");
	attempt('28000', who(token($algorithm, $key, bend => sub { $_[0] ^ ("\0" x (length($_[0]) - 1) . "\1") })), "$algorithm, a bit of the signature changed");
	attempt('28000', who(token($algorithm, $key, bend => sub { substr $_[0], 0, -1 })), "$algorithm, a signature cut by a byte");
	attempt('28000', who(token($algorithm, $key, bend => sub { "$_[0]\0" })), "$algorithm, a signature longer by a byte");
	attempt('28000', who(token($algorithm, $key, bend => sub { "\0$_[0]" })), "$algorithm, a signature with a zero before it");
	my ($header, undef, $signature) = split /\./, token($algorithm, $key);
	attempt('28000', who("$header." . encode_base64url('{"sub":"ada","exp":4102444800}') . ".$signature"), "$algorithm, the claims changed");
}

# ---- A public key taken for a secret, and one algorithm for another ----
for my $as (qw(HS256 HS384 HS512))
{
	my $pem = $rsa->{public};
	(my $trimmed = $pem) =~ s/\n\z//;
	my $der = openssl($pem, 'pkey', '-pubin', '-outform', 'DER');
	attempt('28000', who(token($as, { public => $pem }, kid => $_ )), "$as with the public key, naming " . ($_ // 'no key')) for 'RS256', undef;
	attempt('28000', who(token($as, { public => $trimmed }, kid => 'RS256')), "$as with the public key, without its last newline");
	attempt('28000', who(token($as, { public => $der }, kid => 'RS256')), "$as with the public key in DER");
	attempt('28000', who(token($as, { public => $key{ES256}{public} }, kid => 'ES256')), "$as with the public key of ES256");
}
for my $as (qw(RS384 RS512 PS256))
{
	attempt('28000', who(token($as, $key{RS256})), "$as with the key of RS256");
}
attempt('28000', who(token('RS512', $key{RS256}, says => 'RS256')), 'RS512 called RS256');
attempt('28000', who(token('PS256', $key{RS256}, says => 'RS256')), 'PS256 called RS256');
attempt('28000', who(token('ES384', $key{ES384}, says => 'ES256', kid => 'ES256')), 'ES384 called ES256');
attempt('28000', who(token('RS256', $other_rsa, kid => 'RS256', header => ',"jwk":' . jwk($other_rsa))), 'a key of one\'s own in the header (jwk)');

sub jwk
{
	my ($key) = @_;
	my ($modulus) = openssl('', 'rsa', '-in', $key->{file}, '-noout', '-modulus') =~ /Modulus=(\w+)/;
	return sprintf '{"kty":"RSA","e":"AQAB","n":"%s"}', encode_base64url(pack 'H*', $modulus);
}

# ---- Signatures of elliptic curves that are no signatures ----
my $order = pack 'H*', 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551';
my $zero = "\0" x 32;
my $one = "\0" x 31 . "\1";
my %bent = ('r = 0, s = 0' => "$zero$zero", 'r = 0, s = 1' => "$zero$one", 'r = 1, s = 0' => "$one$zero", 'r = 1, s = 1' => "$one$one",
	'r = n, s = n' => "$order$order", 'r = n, s = 1' => "$order$one", 'r and s too large' => "\xff" x 64);
for my $name (sort keys %bent)
{
	attempt('28000', who(token('ES256', $key{ES256}, bend => sub { $bent{$name} })), "ES256, $name");
}
{
	local $sign{ES256} = sub { openssl($_[0], 'dgst', '-sha256', '-sign', $_[1]{file}) };
	attempt('28000', who(token('ES256', $key{ES256})), 'ES256, the signature as ASN.1');
}

# ---- Keys that are not fit for their algorithm ----
# Whatever stands in kroles.signing_keys, nothing weaker than the algorithm's own verifies.
for (
	[ 'RS256', rsa(1024), 'RSA with 1,024 bits' ], [ 'RS256', rsa(2040), 'RSA with 2,040 bits' ],
	[ 'PS256', make_key('RSA-PSS', '-pkeyopt', 'rsa_keygen_bits:2048'), 'RSA-PSS', 'RS256' ],
	[ 'ES256', curve('P-384'), 'the curve P-384', undef, 48 ], [ 'ES256', curve('P-224'), 'the curve P-224', undef, 28 ],
	[ 'ES256', curve('secp256k1'), 'the curve secp256k1, of 256 bits too' ], [ 'ES256', curve('brainpoolP256r1'), 'the curve brainpoolP256r1, of 256 bits too' ],
	[ 'ES384', curve('P-256'), 'the curve P-256', undef, 32 ], [ 'ES384', curve('brainpoolP384r1'), 'the curve brainpoolP384r1, of 384 bits too' ],
	[ 'ES512', curve('brainpoolP512r1'), 'the curve brainpoolP512r1', undef, 64 ],
	[ 'EdDSA', make_key('ED448'), 'Ed448' ])
{
	my ($algorithm, $pair, $tried, $called, $length) = @$_;
	my $key = add_key('unfit', $called // $algorithm, $pair);
	local $numbers_have{ substr($algorithm, 2) } = $length if $length;
	attempt('28000', who(token($algorithm, $key, says => $called)), ($called // $algorithm) . " with $tried");
	$node->safe_psql('postgres', "DELETE FROM kroles.signing_keys WHERE kid = 'unfit'");
}
my $armour = "-----BEGIN PUBLIC KEY-----\n";
my %broken = (
	'of another kind' => $key{ES256}{public}, 'X25519' => make_key('X25519')->{public}, 'cut in half' => substr($rsa->{public}, 0, 200),
	'without contents' => "$armour-----END PUBLIC KEY-----\n", 'that is no base64' => "$armour???\n-----END PUBLIC KEY-----\n",
	'of nothing but a head' => '-----BEGIN PUBLIC KEY-----');
for my $tried (sort keys %broken)
{
	my $key = add_key('broken', 'RS256', { %$rsa, public => $broken{$tried} });
	attempt('28000', who(token('RS256', $key)), "RS256 with a key $tried");
	$node->safe_psql('postgres', "DELETE FROM kroles.signing_keys WHERE kid = 'broken'");
}
control('eve', who(token('RS256', $key{RS256})), 'RS256, after all that');

# ---- Private keys have no place here ----
for (
	[ 'RS256', slurp_file($rsa->{file}), 'a private key' ],
	[ 'RS256', openssl('', 'rsa', '-in', $rsa->{file}, '-traditional'), 'a private key in the older form' ],
	[ 'RS256', $rsa->{public} . slurp_file($rsa->{file}), 'a public key with its private key after it' ],
	[ 'RS256', slurp_file($rsa->{file}) . $rsa->{public}, 'a public key with its private key before it' ],
	[ 'HS256', slurp_file($rsa->{file}), 'a private key as a secret' ],
	[ 'HS256', $rsa->{public}, 'a public key as a secret' ])
{
	my ($algorithm, $text, $tried) = @$_;
	attempt('23514', answer($node, "INSERT INTO kroles.signing_keys (kid, algorithm, key) VALUES ('private', '$algorithm', '$text') RETURNING kid;"), "$tried for $algorithm");
	$node->safe_psql('postgres', "DELETE FROM kroles.signing_keys WHERE kid = 'private'");
}

done_testing();
