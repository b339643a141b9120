/** A feature view's folder: appended, compacted, killed, misused. */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Database, openDatabase } from '../../../src/data/duckdb-store.ts'
import {
  defineFeatureView,
  type FeatureView,
} from '../../../src/data/feature-store/feature-view.ts'
import {
  appendFacts,
  compactView,
  readManifest,
  relationOfParts,
  type ViewPlace,
} from '../../../src/data/feature-store/view-store.ts'
import { describeTable } from '../../../src/data/table/describe-table.ts'
import { base, type Fact, factsOf, january, manyFacts } from './feature-store-table.ts'
import { makeScratchFolder } from '../../scratch-folder.ts'

const view = defineFeatureView(base)

const february: Fact = { client: 1, branch: 1, at: Date.UTC(2026, 1, 1), created: null, x: 2 }

describe('feature view folder', () => {
  let database: Database
  const root = makeScratchFolder()
  before(async () => {
    database = await openDatabase()
  })
  after(() => database[Symbol.dispose]())

  test('an append adds one file a month and touches no other', async () => {
    const place = placeOf('months')
    await append(place, [january])
    const first = filesOf(place)
    await append(place, [{ ...january, client: 2 }, february])
    const now = filesOf(place)
    assert.equal(now.size, 3)
    for (const [path, content] of first) assert.deepEqual(now.get(path), content)
    assert.deepEqual(await values(place), [
      [1, 1],
      [1, 2],
      [2, 1],
    ])
  })

  test('the same facts appended again change nothing', async () => {
    const place = placeOf('again')
    await append(place, [january, february])
    const first = filesOf(place)
    const change = await append(place, [february, january])
    assert.equal(change.isNew, false)
    assert.deepEqual(filesOf(place), first)
  })

  test('no facts are no append', async () => {
    const place = placeOf('none')
    assert.equal((await append(place, [])).isNew, false)
    assert.deepEqual((await readManifest(place)).parts, [])
  })

  test('compaction leaves one file a month, the later append in force, and the same facts refused as before', async () => {
    const place = placeOf('compact')
    await append(place, [january, february])
    await append(place, [{ ...january, x: 5 }])
    await append(place, [{ ...january, client: 2, x: 7 }])
    const february1 = [...filesOf(place)].filter(([path]) => path.includes('2026-02'))
    await compactView(database, place)
    assert.deepEqual(
      (await readManifest(place)).parts.map(({ path, rows }) => [path.slice(0, 22), rows]),
      [
        ['month=2026-01/00000003', 2],
        ['month=2026-02/00000001', 1],
      ],
    )
    assert.deepEqual(
      [...filesOf(place)].filter(([path]) => path.includes('2026-02')),
      february1,
    )
    assert.equal(filesOf(place).size, 2)
    assert.deepEqual(await values(place), [
      [1, 2],
      [1, 5],
      [2, 7],
    ])
    assert.equal((await append(place, [{ ...january, x: 5 }])).isNew, false)
  })

  test('what a killed writer left is no fact, and the next writer removes it', async () => {
    const place = placeOf('left')
    await append(place, [january])
    const [path] = filesOf(place).keys()
    const folder = join(place.folder, 'month=2026-01')
    for (const name of [
      '00000002-0123abcd.parquet',
      'incoming.parquet',
      '.incoming.parquet.999999.tmp',
    ]) {
      cpSync(path!, join(folder, name))
    }
    writeFileSync(join(folder, 'notes.txt'), 'mine')
    assert.deepEqual(await values(place), [[1, 1]])
    await append(place, [february])
    assert.deepEqual(
      globSync('month=2026-01/{*,.*}', { cwd: place.folder })
        .map((found) => found.slice(14, 16))
        .toSorted(),
      ['00', 'no'],
    )
  })

  test('a writer killed at any moment leaves all of its facts or none, and run again the same folder', async () => {
    const reference = placeOf('whole')
    await append(reference, manyFacts())
    const expected = (await readManifest(reference)).parts.map(({ md5 }) => md5)
    for (const delayMs of [150, 250, 300, 350, 400, 500, 700]) {
      const place = placeOf(`killed${delayMs}`)
      const child = spawn(process.execPath, ['--conditions=mlpt-source', writerPath, place.folder])
      const ended = once(child, 'exit')
      await sleep(delayMs)
      child.kill('SIGKILL')
      await ended
      const { parts } = await readManifest(place)
      assert.ok(parts.length === 0 || parts.length === expected.length)
      await append(place, manyFacts())
      assert.deepEqual(
        (await readManifest(place)).parts.map(({ md5 }) => md5),
        expected,
      )
      assert.equal(filesOf(place).size, expected.length)
    }
  })

  test('two writers at once both land', async () => {
    const place = placeOf('two')
    const other = await openDatabase()
    using _ = other
    await Promise.all([
      append(place, [january]),
      appendFacts(other, place, await factsOf(other, [february])),
    ])
    assert.deepEqual(await values(place), [
      [1, 1],
      [1, 2],
    ])
  })

  describe('refuses', () => {
    const cases: readonly (readonly [string, string, RegExp])[] = [
      ['a missing column', `1 AS client, 1 AS branch, now()::TIMESTAMP AS "at"`, /lack 'x'/],
      [
        'columns of other kinds, all at once',
        `'1' AS client, 1 AS branch, '2026' AS "at", true AS x`,
        /'client' is VARCHAR.*'at' is VARCHAR.*'x' is BOOLEAN/,
      ],
      [
        'keys and moments that are missing',
        `NULL::BIGINT AS client, 1 AS branch, NULL::DATE AS "at", 1 AS x`,
        /'client' is missing in 1 row; 'at' is missing in 1 row\b/,
      ],
      [
        'fractions as whole numbers',
        `1.5 AS client, 1 AS branch, DATE '2026-01-01' AS "at", 1 AS x`,
        /'client' has 1 value that is no BIGINT, such as 1.5/,
      ],
      [
        'numbers beyond 64 bits',
        `1e30 AS client, 1 AS branch, DATE '2026-01-01' AS "at", 1 AS x`,
        /'client' has 1 value that is no BIGINT/,
      ],
      [
        'moments without end',
        `1 AS client, 1 AS branch, 'infinity'::TIMESTAMP AS "at", 1 AS x`,
        /'at' has 1 value that is no TIMESTAMP, such as infinity/,
      ],
    ]
    for (const [what, columns, message] of cases) {
      test(what, async () => {
        const table = await describeTable(database, `(SELECT ${columns})`)
        const place = placeOf('refused')
        await assert.rejects(appendFacts(database, place, table), (error: Error) => {
          assert.match(error.message, message)
          return true
        })
        assert.deepEqual((await readManifest(place)).parts, [])
      })
    }

    test('values beyond bounds and levels, unless the schema of their table only warns', async () => {
      const bounded = defineFeatureView({
        ...base,
        entities: {
          client: { type: 'integer', min: 1 },
          branch: { type: 'category', levels: [1, 2] },
        },
        features: { x: { type: 'number', min: 0, max: 10 } },
      })
      const table = await describeTable(
        database,
        `(SELECT * FROM (VALUES (0, 3, DATE '2026-01-01', 10.5), (1, 1, DATE '2026-01-01', 'NaN'::DOUBLE),
          (2, 2, DATE '2026-01-01', NULL), (3, 1, DATE '2026-01-01', 10)) AS t(client, branch, "at", x))`,
      )
      const place: ViewPlace = { ...placeOf('bounded'), view: bounded }
      await assert.rejects(appendFacts(database, place, table), {
        code: 'DATA_CELL_INVALID',
        message:
          "feature view 'facts': 'client' has 1 value that its field does not admit, such as 0; 'branch' has 1 value that its field does not admit, such as 3; 'x' has 1 value that its field does not admit, such as 10.5",
      })
      assert.equal((await appendFacts(database, place, table, 'warn')).rows, 4)
    })

    test('facts of another definition, naming each difference', async () => {
      const place = placeOf('changed')
      await append(place, [january])
      const changed: FeatureView = {
        ...view,
        entities: { client: { type: 'integer' } },
        created: 'made',
        features: { x: { type: 'integer' }, y: { type: 'number' } },
      }
      await assert.rejects(readManifest({ ...place, view: changed }), {
        code: 'CONFIG_INVALID',
        message:
          "feature view 'facts' has facts of another definition: entities: client integer, branch category, now client integer; created: none, now made; 'x': number, now integer",
      })
    })

    test('a manifest that points elsewhere or is damaged', async () => {
      const place = placeOf('damaged')
      await append(place, [january])
      const path = join(place.folder, 'manifest.json')
      const text = readFileSync(path, 'utf8')
      const outside = text.replace(
        /month=2026-01\/[^"]*/,
        '../../elsewhere/00000001-0123abcd.parquet',
      )
      for (const content of [outside, text.slice(0, -20), '[]', '']) {
        writeFileSync(path, content)
        await assert.rejects(readManifest(place), { code: 'DATA_FILE_INVALID' })
      }
    })
  })

  test('a feature that was added later is missing in older facts', async () => {
    const place = placeOf('added')
    await append(place, [january])
    const wider = {
      ...place,
      view: {
        ...view,
        features: { ...view.features, y: { type: 'integer' }, constructor: { type: 'text' } },
      } as const,
    }
    const { parts } = await readManifest(wider)
    assert.deepEqual(
      await database.query(`SELECT x, y, constructor FROM ${relationOfParts(wider, parts)}`),
      [{ x: 1, y: null, constructor: null }],
    )
  })

  test('a name, a length of time or a column that cannot be is named with all others', () => {
    assert.throws(
      () =>
        defineFeatureView({
          name: '../up',
          entities: {},
          timestamp: 'at',
          ttl: '3 days',
          features: { AT: { type: 'number' } },
        }),
      /a name is letters.*it needs an entity.*ttl '3 days' is no length of time.*the columns 'at' and 'AT' are one/,
    )
  })

  function placeOf(name: string): ViewPlace {
    return { folder: join(root, name, 'facts'), view }
  }

  async function append(place: ViewPlace, facts: readonly Fact[]): ReturnType<typeof appendFacts> {
    return appendFacts(database, place, await factsOf(database, facts))
  }

  async function values(place: ViewPlace): Promise<unknown[]> {
    const { parts } = await readManifest(place)
    const found = await database.query(
      `SELECT client, x FROM ${relationOfParts(place, parts)} ORDER BY client, x`,
    )
    return found.map(({ client, x }) => [client, x])
  }
})

const writerPath = new URL('append-many-process.ts', import.meta.url).pathname

function filesOf({ folder }: ViewPlace): Map<string, Buffer> {
  const paths = globSync(join(folder, 'month=*', '*.parquet')).toSorted()
  return new Map(paths.map((path) => [path, readFileSync(path)]))
}
