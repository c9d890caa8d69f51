-- A fresh extension, and output of plain lines.
SET client_min_messages = warning;
SET jit = off;
DROP EXTENSION IF EXISTS kroles CASCADE;
CREATE EXTENSION kroles;
\pset tuples_only on
\pset format unaligned
\set asked 0
\set different 0
