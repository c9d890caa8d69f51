-- The first people of a space or event by name, for the pages below: of many, without reading and sorting all.
--
-- All users are walked by name through an index, and those kept who belong to the space or event, until there are enough. Where
-- that would take longer than reading all who belong, the functions return NULL, and the pages read all.

-- (An entry of an index has a largest size, names have none. Where there are longer names, nothing is walked.)
CREATE INDEX users_by_name ON kroles.users (lower(btrim(name)), btrim(name) COLLATE "C", id) WHERE length(name) <= 200;
CREATE INDEX users_long_names ON kroles.users (id) WHERE length(name) > 200;
