-- What the triggers would have kept while they were off: computed once, where anything is derived.

SELECT to_regprocedure('kroles_verify(boolean)') IS NOT NULL AS verifies \gset
\if :verifies
    ANALYZE;
    SELECT clock_timestamp() AS started \gset
    SELECT count(*) AS put_right FROM kroles_verify(true) \gset
    SELECT bench.loaded('kroles_verify', :put_right, :'started');
\endif
