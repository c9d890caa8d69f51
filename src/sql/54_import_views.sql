-- Import of the rows that came through a view.

CREATE FUNCTION kroles.import_copied(list text, rows kroles.list_row[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    ready record;
    errors kroles.list_error[];
BEGIN
    PERFORM kroles.check_asker(list);
    rows := kroles.with_clean_cells(list, rows);
    errors := ARRAY(SELECT e FROM kroles.marked_rows(list, rows) AS e);
    ready := kroles.distinct_rows(list, kroles.without_errors(rows, errors));
    errors := errors || ready.errors || ARRAY(SELECT e FROM kroles.import_rows(list, ready.rows) AS e);
    IF errors <> '{}' THEN
        PERFORM kroles.refuse_list('row', ARRAY(SELECT e FROM unnest(errors) AS e ORDER BY e.line, e.column_name, e.code), NULL);
    END IF;
END $$;
COMMENT ON FUNCTION kroles.import_copied(text, kroles.list_row[]) IS
    'Imports rows that came through a view; raises an error with all mistakes where any row has one';

CREATE FUNCTION kroles.import_row() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_import_row';
COMMENT ON FUNCTION kroles.import_row() IS
    'Trigger: collects the rows of a list and imports them together, at the end of the statement';
REVOKE EXECUTE ON FUNCTION kroles.import_row() FROM PUBLIC;
