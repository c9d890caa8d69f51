#!/usr/bin/env perl
# The files of examples/console, read: nothing is loaded from elsewhere, no script or style stands in the page, nothing writes HTML, and
# no statement is put together from parts. Needs neither Node nor a browser. Prints TAP.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../docs/lib";
use Document;
use Test::More;

my $folder = 'examples/console';
my %file = map { s{^$folder/}{}r => Document::content($_) } glob("$folder/*.mjs $folder/page/* $folder/*.json");

my $html = $file{'page/index.html'};
like($html, qr/^<!DOCTYPE html>\n<html lang="en">/, 'the page says its language');
is_deeply([ $html =~ /(<script(?![^>]*\bsrc=)[^>]*>|\bon\w+=|\bstyle=|javascript:|<style)/g ], [], 'the page has no script or style in itself');
for my $name ($html =~ /(?:src|href)="([^"#]+)"/g)
{
	ok(exists $file{"page/$name"}, "$name, which the page loads, is a file of its own");
}
for my $name (sort grep { /\.mjs$/ } keys %file)
{
	my $text = $file{$name};
	my @modules = grep { !/^node:|^pg$/ } $text =~ /^import .*?from '([^']+)'/mg;
	my ($own) = $name =~ m{^(page/)?};
	my @missing = grep { m{^\.\./clients/} ? !-f "$folder/$_" : !exists $file{ ($own // q{}) . s{^\./}{}r } } @modules;
	is_deeply(\@missing, [], "$name imports modules that are there");
	is_deeply([ $text =~ /^(.*(?:innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function).*)$/mg ], [], "$name writes no HTML")
		if $name =~ m{^page/};
}
for my $name (sort grep { m{^page/} } keys %file)
{
	my @elsewhere = grep { $_ ne 'http://www.w3.org/2000/svg' } $file{$name} =~ m{(https?://[^\s"')]+)}g;
	is_deeply(\@elsewhere, [], "$name names no other place");
}
unlike($file{'statements.mjs'} =~ s/^\/\/.*$//mgr, qr/\$\{/, 'no statement is put together from parts');
is(scalar(grep { /client\.query\((?!'|how === '|statements\.login, \[token\]|text, values)/ } split /\n/, $file{'database.mjs'}), 0,
	'the database is asked with statements and bound values');
is_deeply([ map { /"dependencies": \{\s*(.*?)\s*\}/s } $file{'package.json'} ], ['"pg": "8.23.1"'], 'its one package is pg');
like($file{'server.mjs'}, qr/listen\(wanted, '127\.0\.0\.1'\)/, 'the server listens on 127.0.0.1');
done_testing();
