// PostgreSQL's JDBC driver: each request as the person whose token it brings, with statements that the server keeps prepared
// (prepareThreshold=1), directly or through pgbouncer. It checks what it does, and prints "ok".
//
//   java -cp JARS Jdbc.java URL ANNAS-TOKEN BENS-TOKEN EXPIRED-TOKEN
import java.sql.*;
import java.util.*;
import java.util.concurrent.*;

public class Jdbc {
    interface Work<T> { T on(Connection connection) throws SQLException; }

    static String url;
    static int checks, failures;

    static void check(String what, Object actual, Object expected) {
        checks++;
        if (Objects.equals(actual, expected)) return;
        failures++;
        System.out.println("not ok: " + what + "\n  is       " + actual + "\n  expected " + expected);
    }

    // Runs work in a transaction as the token's person; without a token, as somebody who is not logged in.
    static <T> T asPerson(Connection connection, String token, Work<T> work) throws SQLException {
        connection.setAutoCommit(false);
        try {
            if (token != null) query(connection, "SELECT kroles_login(?)", token);
            T result = work.on(connection);
            connection.commit();
            return result;
        } catch (SQLException error) {
            connection.rollback();
            throw error;
        }
    }

    // The first column of what a statement answers, joined.
    static String query(Connection connection, String sql, Object... values) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) statement.setObject(i + 1, values[i]);
            if (!statement.execute()) return String.valueOf(statement.getUpdateCount());
            StringJoiner all = new StringJoiner(", ");
            ResultSet rows = statement.getResultSet();
            while (rows.next()) all.add(rows.getString(1));
            return all.toString();
        }
    }

    static String names(Connection connection) throws SQLException {
        return query(connection, "SELECT name FROM kroles.media ORDER BY id");
    }

    static String state(Connection connection, String token, String sql, Object... values) {
        try {
            asPerson(connection, token, c -> query(c, sql, values));
            return "no error";
        } catch (SQLException error) {
            return error.getSQLState();
        }
    }

    static Set<String> metadata(ResultSet rows, String... columns) throws SQLException {
        Set<String> all = new TreeSet<>();
        while (rows.next()) {
            StringJoiner one = new StringJoiner(" ");
            for (String column : columns) one.add(rows.getString(column));
            all.add(one.toString());
        }
        return all;
    }

    public static void main(String[] arguments) throws Exception {
        url = arguments[0];
        String anna = arguments[1], ben = arguments[2], expired = arguments[3];
        try (Connection connection = DriverManager.getConnection(url)) {
            check("anna reads hers", asPerson(connection, anna, Jdbc::names), "Sorting in practice, Campus tour");
            check("ben reads his", asPerson(connection, ben, Jdbc::names), "Field notes, Campus tour");
            check("anonymous", asPerson(connection, null, Jdbc::names), "Campus tour");

            // A media and its publication; the generated key is the row's id. An enum takes a cast, as setString() sends text.
            check("nested insert", asPerson(connection, anna, c -> {
                try (PreparedStatement made = c.prepareStatement("INSERT INTO kroles.media (name, type) VALUES (?, ?::kroles.media_type)",
                        new String[] {"id"})) {
                    made.setString(1, "Recursion");
                    made.setString(2, "audio");
                    made.executeUpdate();
                    ResultSet keys = made.getGeneratedKeys();
                    keys.next();
                    return query(c, "INSERT INTO kroles.publications (media_id, space_id) VALUES (?, 201) RETURNING status", keys.getLong(1));
                }
            }), "approved");

            // The same grant twice: the second changes the first.
            String grant = "INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (201, 102, ?::kroles.contextual_role)"
                + " ON CONFLICT (space_id, user_id, group_id) DO UPDATE SET role = excluded.role RETURNING id || ' ' || role";
            String member = asPerson(connection, anna, c -> query(c, grant, "member"));
            check("upsert", asPerson(connection, anna, c -> query(c, grant, "contributor")), member.replace("member", "contributor"));

            // What fails behind a savepoint is undone alone, and the person stays.
            asPerson(connection, ben, c -> {
                query(c, "INSERT INTO kroles.media (name) VALUES ('Kept')");
                Savepoint before = c.setSavepoint();
                try {
                    query(c, "INSERT INTO kroles.media (name, owner_id) VALUES ('Not his', 101)");
                    check("savepoint: error", "none", "42501");
                } catch (SQLException error) {
                    check("savepoint: error", error.getSQLState(), "42501");
                }
                c.rollback(before);
                check("savepoint: still ben", query(c, "SELECT kroles_current_user()"), "102");
                return null;
            });
            check("savepoint: kept", asPerson(connection, ben, Jdbc::names).contains("Kept"), true);

            // Errors have the SQLSTATE in getSQLState().
            String insert = "INSERT INTO kroles.media (name, owner_id) VALUES (?, ?)";
            check("expired", state(connection, expired, "SELECT 1"), "28000");
            check("another person", state(connection, ben, insert, "x", 101L), "42501");
            check("twice", state(connection, ben, "INSERT INTO kroles.media (name, external_id) VALUES ('x', ?), ('y', ?)", "one", "one"), "23505");
            check("nobody", state(connection, anna, "INSERT INTO kroles.space_members (space_id, user_id) VALUES (201, ?)", 999L), "23503");
            check("blank", state(connection, ben, insert, " ", 102L), "23514");
            check("not his: rows", asPerson(connection, ben, c -> query(c, "UPDATE kroles.media SET name = ? WHERE id = 303", "Mine")), "0");

            // What it reads of the schema: keys, types, what the database assigns, views and comments.
            DatabaseMetaData schema = connection.getMetaData();
            check("primary key", metadata(schema.getPrimaryKeys(null, "kroles", "space_members"), "COLUMN_NAME"), Set.of("id"));
            check("columns", metadata(schema.getColumns(null, "kroles", "users", "id"), "TYPE_NAME", "IS_AUTOINCREMENT"), Set.of("int8 YES"));
            check("types", metadata(schema.getColumns(null, "kroles", "media", "type"), "TYPE_NAME", "DATA_TYPE"), Set.of("\"kroles\".\"media_type\" 12"));
            check("views", metadata(schema.getTables(null, "kroles", "channels", null), "TABLE_TYPE"), Set.of("VIEW"));
            check("comments", metadata(schema.getTables(null, "kroles", "media", null), "REMARKS").iterator().next().isEmpty(), false);
            connection.rollback();
            connection.setAutoCommit(true);
            check("afterwards", names(connection), "Campus tour");
        }

        // Many at once, over four connections, of three people: each gets what they got alone.
        String[] tokens = {anna, ben, null};
        String[] alone = new String[3];
        ExecutorService pool = Executors.newFixedThreadPool(4);
        List<Future<Integer>> right = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection(url)) {
            for (int i = 0; i < 3; i++) alone[i] = asPerson(connection, tokens[i], Jdbc::names);
        }
        for (int thread = 0; thread < 4; thread++) right.add(pool.submit(() -> {
            int count = 0;
            try (Connection connection = DriverManager.getConnection(url)) {
                for (int i = 0; i < 60; i++)
                    if (asPerson(connection, tokens[i % 3], Jdbc::names).equals(alone[i % 3])) count++;
            }
            return count;
        }));
        int sum = 0;
        for (Future<Integer> one : right) sum += one.get();
        pool.shutdown();
        check("at once", sum, 240);
        System.out.println(failures == 0 ? "JDBC: ok, " + checks + " checks" : "JDBC: " + failures + " of " + checks + " checks failed");
        System.exit(failures == 0 ? 0 : 1);
    }
}
