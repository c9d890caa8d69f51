-- The whole model of what may be done, in its schema "reference" (rows.sql, who reaches which row, is apart).
\i :model/rules/tables.sql
\i :model/rules/tables_rooms.sql
\i :model/rules/answers.sql
\i :model/rules/answers_rooms.sql
