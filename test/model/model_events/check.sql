-- Works the answers out, compares every function with them, and prints how much was compared and how much differs.
SELECT FROM answer_everything();
SELECT FROM compare(:'part');
SELECT FROM compare_lists(:'part');
SELECT FROM compare_stays(:'part');
SET SESSION AUTHORIZATION regress_kroles_model;
SELECT FROM everybody_asks();
RESET SESSION AUTHORIZATION;
SELECT FROM compare_told(:'part');
\i :model/lib/report.sql
