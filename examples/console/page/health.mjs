// Health: what kroles_doctor() finds in this database.
import { count, fill, get, guarded, h, sql } from './lib.mjs'

const severities = { danger: 'The rules can be bypassed now', warning: 'One more step would bypass the rules', notice: 'Worth knowing' }

export async function healthView(main) {
  const results = h('div', {})
  fill(
    main,
    h('h1', {}, 'Health'),
    h(
      'p',
      { class: 'lead' },
      'Weaknesses in this database, with their remedies. Administrators see them; the server asks by a login role of its own.'
    ),
    results
  )
  await guarded(results, async () => {
    const { doctor } = await get('health')
    const of = severity => doctor.rows.filter(row => row.severity === severity)
    fill(
      results,
      h(
        'ul',
        { class: 'tiles' },
        Object.keys(severities).map(severity =>
          h(
            'li',
            { class: `tile ${severity} ${of(severity).length ? '' : 'none'}` },
            h('strong', {}, of(severity).length),
            ` ${count(of(severity).length, severity).replace(/^\d+ /, '')}`,
            h('span', { class: 'faint block' }, severities[severity])
          )
        )
      ),
      doctor.rows.length
        ? h(
            'ul',
            { class: 'findings' },
            doctor.rows.map(row =>
              h(
                'li',
                { class: `panel ${row.severity}` },
                h(
                  'p',
                  {},
                  h('span', { class: `badge ${row.severity}` }, row.severity),
                  ' ',
                  h('strong', {}, row.subject),
                  ' ',
                  h('code', { class: 'faint' }, row.finding)
                ),
                h('p', {}, row.weakness),
                row.remedy && h('p', { class: 'faint' }, row.remedy)
              )
            )
          )
        : h('p', { class: 'empty' }, 'No weakness is found.'),
      sql(doctor)
    )
  })
}
