# What the parts of the stress share; sourced by test/stress/run.

app=kroles_stress_app   # stands for an application's login role, a trusted gateway
passed=0
failed=0

die() {
    echo "kroles stress: $*" >&2
    exit 1
}

# psql in one of the stress's databases: quiet, bare, and stopping at the first error.
sql() {
    local database=$1
    shift
    psql -XqAt -v ON_ERROR_STOP=1 -v app="$app" -d "$database" "$@"
}

make_database() {
    psql -Xq -v ON_ERROR_STOP=1 -v database="$1" -v app="$app" -d "${PGDATABASE:-postgres}" <<'END'
SET client_min_messages = warning;
DROP DATABASE IF EXISTS :"database";
CREATE DATABASE :"database" TEMPLATE template0 ENCODING 'UTF8';
SELECT format('CREATE ROLE %I LOGIN', :'app') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'app') \gexec
END
    sql "$1" -c 'CREATE EXTENSION kroles' -c "SELECT kroles_grant_access('$app'), kroles_trust_gateway('$app')" >/dev/null
}

drop_databases() {
    psql -Xq -v app="$app" -d "${PGDATABASE:-postgres}" <<'END'
SET client_min_messages = warning;
DROP DATABASE IF EXISTS kroles_stress_random WITH (FORCE);
DROP DATABASE IF EXISTS kroles_stress_revoke WITH (FORCE);
DROP ROLE IF EXISTS :"app";
END
}

# Counts a test: what it got, what it must get, what it is about.
is() {
    if [ "$1" = "$2" ]; then
        passed=$((passed + 1))
        echo "ok - $3"
    else
        failed=$((failed + 1))
        echo "not ok - $3"
        echo "    got: $1"
        echo "    expected: $2"
    fi
}

# Counts a test: that a number is at least so much.
at_least() {
    is "$([ "${1:-0}" -ge "$2" ] && echo enough || echo "only ${1:-0}")" enough "$3 (${1:-0})"
}
