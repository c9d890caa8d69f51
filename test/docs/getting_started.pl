#!/usr/bin/env perl
# "Getting started" in README.md, pasted whole into one session of a superuser in an empty database: what a reader sees is all that
# it takes, the session ends as the superuser's, and nothing fails but what is shown to fail. Prints TAP.
use strict;
use warnings;

use File::Temp qw(tempdir);
use FindBin;
use lib "$FindBin::RealBin/lib";
use Document;
use Test::More;

my ($section) = Document::content('README.md') =~ /^(## Getting started\n.*?)^## /ms;
unlike($section, qr/<!--/, 'nothing of it is hidden from the reader');

my $folder = tempdir(CLEANUP => 1);
open my $out, '>', "$folder/README.md" or die "$folder: $!\n";
print $out $section;
close $out;
my @blocks = Document::blocks("$folder/README.md");
my $pasted = join '', map { $_->{text} } grep { $_->{language} eq 'sql' } @blocks;
my $shown = join '', map { $_->{text} } grep { $_->{language} eq '' } @blocks;

open $out, '>', "$folder/pasted" or die "$folder: $!\n";
print $out $pasted, "SELECT 'ends as ' || session_user || ' ' || current_user AS told;\n";
close $out;
is(system('createdb', 'pasted'), 0, 'an empty database');
my $told = `psql -X -d pasted <$folder/pasted 2>&1`;
system 'dropdb', '--force', 'pasted';
system 'dropuser', 'web';

my @errors = $told =~ /^ERROR:  (.*)$/mg;
is_deeply(\@errors, [ $shown =~ /^ERROR:  (.*)$/mg ], 'it fails where that is shown, and nowhere else') or diag $told;
is(scalar @errors, 2, 'a refusal and a token that is not valid');
like($told, qr/ends as postgres postgres/, 'it ends as the superuser');
done_testing();
