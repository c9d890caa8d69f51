# Versions of kroles in one installation, and what is compared between databases of them.
package Versions;
use strict;
use warnings;

use Exporter qw(import);
use File::Copy qw(copy);
use Original;
use Test::More;

our @EXPORT = qw(install members same);

# Installs a version's library and control file; sessions that have the library loaded keep it.
sub install
{
	my ($node, $version) = @_;
	my %place = ('kroles.so' => $node->config_data('--pkglibdir'), 'kroles.control' => $node->config_data('--sharedir') . '/extension');
	for my $file (sort keys %place)
	{
		copy("$ENV{KROLES_VERSIONS}/$version/$file", "$place{$file}/$file.new") or die "$file: $!";
		rename "$place{$file}/$file.new", "$place{$file}/$file" or die "$file: $!";
	}
	return;
}

# All members of the extension but its tables, as texts.
my $members = <<'END';
WITH member AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e' AND refclassid = 'pg_extension'::regclass
    AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'kroles'))
SELECT pg_describe_object(classid, objid, 0), obj_description(objid, (SELECT relname FROM pg_class WHERE oid = classid)) FROM member
UNION ALL
SELECT p.oid::regprocedure::text, concat_ws(' ', prosrc, pg_get_function_sqlbody(p.oid), pg_get_function_arguments(p.oid), pg_get_function_result(p.oid), provolatile,
    proparallel, proleakproof, prosecdef, proisstrict, procost, prorows, prosupport, proconfig,
    (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(coalesce(proacl, acldefault('f', proowner))) AS a), proowner::regrole)
FROM pg_proc p JOIN member m ON m.objid = p.oid
UNION ALL
SELECT 'labels of ' || enumtypid::regtype, string_agg(enumlabel, ' ' ORDER BY enumsortorder) FROM pg_enum JOIN member m ON m.objid = enumtypid GROUP BY enumtypid
UNION ALL
SELECT 'rights', string_agg(r::text, ' ' ORDER BY kind, action) FROM kroles.rights r
UNION ALL
SELECT 'type ' || t.oid::regtype, concat_ws(' ', typacl, typlen, typalign, typstorage) FROM pg_type t JOIN member m ON m.objid = t.oid
ORDER BY 1, 2
END

sub members
{
	my ($node, $db) = @_;
	return $node->safe_psql($db, $members);
}

# Compares two texts line by line, in any order.
sub same
{
	my ($is, $wanted, $what) = @_;
	is(lines_only_in($is, $wanted), '', "$what: nothing more");
	is(lines_only_in($wanted, $is), '', "$what: nothing less");
	return;
}

1;
