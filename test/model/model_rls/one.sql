-- One world, for the seed given, and what comes of it for that many people.
SELECT FROM make_world(:'seed');
SELECT FROM choose_sample(:people);
SELECT FROM ask_everything();
SELECT FROM want_everything();
CALL everybody_acts();
\echo
SELECT format('Seed %s: %s people, %s groups, %s spaces, %s grants, %s media, %s publications, %s people on media; %s in the sample', :'seed',
    (SELECT count(*) FROM kroles.users), (SELECT count(*) FROM kroles.groups), (SELECT count(*) FROM kroles.spaces), (SELECT count(*) FROM kroles.space_members),
    (SELECT count(*) FROM kroles.media), (SELECT count(*) FROM kroles.publications),
    (SELECT count(*) FROM kroles.media_collaborators) + (SELECT count(*) FROM kroles.media_moderators) + (SELECT count(*) FROM kroles.media_speakers), (SELECT count(*) FROM sample));
SELECT format('%-20s %8s %8s %8s %12s', 'relation', 'read', 'changed', 'deleted', 'differences');
SELECT format('%-20s %8s %8s %8s %12s', relation, read, coalesce(changed, 0), coalesce(deleted, 0), differences) FROM row_report ORDER BY relation COLLATE "C";
SELECT format('%-20s %8s %8s %8s %12s', 'all', sum(read), sum(changed), sum(deleted), sum(differences)) FROM row_report;
SELECT format('  %s %s %s: %s, by %s', command, relation, key, how, coalesce((SELECT login FROM kroles.users WHERE id = me), 'anonymous')) FROM row_difference ORDER BY relation COLLATE "C", command, me, key LIMIT 10;
