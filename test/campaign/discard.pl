# Statements with every cache of the backend thrown away at each lock (test/discard), on a PostgreSQL with assertions.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Load;
use Portal;
use Test::More;

my $node = start_node('discard');
if ($node->safe_psql('postgres', 'SHOW debug_assertions') ne 'on')
{
	plan skip_all => 'this PostgreSQL was configured without --enable-cassert';
}
local %ENV = (%ENV, PGHOST => $node->host, PGPORT => $node->port, PGDATABASE => 'postgres');
my $told = `bash '$FindBin::RealBin/discard/run' 2>&1`;
is($?, 0, 'every statement says the same') or diag($told);
note($told);
figure('discard: ' . ($told =~ /^(\d+ of \d+ kinds of statements)$/m ? $1 : 'no statement') . ', the same');
done_testing();
