// drizzle-kit pull: schema kroles, read as the user in PULL_AS, into the folder pulled-by-$PULL_AS.
const { PGHOST, PGPORT, PGDATABASE, PULL_AS } = process.env

export default {
  dialect: 'postgresql',
  schemaFilter: ['kroles'],
  out: `pulled-by-${PULL_AS}`,
  dbCredentials: { url: `postgresql://${PULL_AS}@localhost:${PGPORT}/${PGDATABASE}?host=${encodeURIComponent(PGHOST)}` },
}
