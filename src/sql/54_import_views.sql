
CREATE FUNCTION kroles.import_copied(list text, rows kroles.list_row[], last boolean) RETURNS kroles.list_row[]
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    ready record;
    errors kroles.list_error[];
    mine kroles.list_row[] := '{}';
BEGIN
    PERFORM kroles.check_asker(list);
    rows := kroles.with_clean_cells(list, rows);
    errors := ARRAY(SELECT e FROM kroles.marked_rows(list, rows) AS e);
    ready := kroles.distinct_rows(list, kroles.without_errors(rows, errors));
    errors := errors || ready.errors;
    IF NOT last THEN
        mine := kroles.asker_rows(list, ready.rows);
    END IF;
    errors := errors || ARRAY(SELECT e FROM kroles.import_rows(list, kroles.without_rows(ready.rows, mine)) AS e);
    IF errors <> '{}' THEN
        PERFORM kroles.refuse_list('row', ARRAY(SELECT e FROM unnest(errors) AS e ORDER BY e.line, e.column_name, e.code), NULL);
    END IF;
    RETURN mine;
END $$;
COMMENT ON FUNCTION kroles.import_copied(text, kroles.list_row[], boolean) IS
    'Imports rows that came through a view, and returns those that are to wait for the last ones, because they concern the rights of the current user; raises an error with all mistakes where any row has one';

CREATE FUNCTION kroles.import_row() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_import_row';
COMMENT ON FUNCTION kroles.import_row() IS
    'Trigger: collects the rows of a list and imports them together, at the latest at the end of the statement';
REVOKE EXECUTE ON FUNCTION kroles.import_row() FROM PUBLIC;
