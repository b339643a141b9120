/** The real Great Expectations comes to the same verdict on the suites that are inferred and built. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { createRandom } from '../../src/core/random.ts'
import { defineSchema } from '../../src/core/schema.ts'
import { createSuite } from '../../src/data/builder/create-suite.ts'
import { openDatabase, type Database } from '../../src/data/duckdb-store.ts'
import type { Suite } from '../../src/data/expectations/suite.ts'
import { formatSuite } from '../../src/data/expectations/write-suite.ts'
import { inferSuite } from '../../src/data/inference/infer-suite.ts'
import { strictnesses } from '../../src/data/inference/strictness.ts'
import { profileTable } from '../../src/data/profile/profile-table.ts'
import { openTable } from '../../src/data/reading/open-table-file.ts'
import { validateTable } from '../../src/data/validate.ts'
import { findPeer } from './python.ts'
import { makeScratchFolder } from '../scratch-folder.ts'

const peer = findPeer('.venv-gx', 'great_expectations')

/** A suite for a file, and what is expected of it: verdicts by the index of the expectation. */
interface Case {
  readonly name: string
  readonly file: string
  readonly suite: string
  /** Columns that pandas must be told to read as text. */
  readonly texts: readonly string[]
  readonly types: readonly string[]
  readonly verdicts: readonly boolean[]
  /** What Great Expectations looks at: the file by pandas, its days as moments, or the table that SQLite has of it. */
  readonly reading: Reading
}

type Reading = 'pandas' | 'moments' | 'sqlite'

/** SQL of a cell of each family, from a number of at most 2³¹. */
const families: Readonly<Record<string, (u: number) => string>> = {
  whole: (u) => `${u - 2 ** 30}`,
  single: (u) => `${u / 7e6}::FLOAT`,
  small: (u) => `${u % 30000}::SMALLINT`,
  medium: (u) => `${u}::INTEGER`,
  large: (u) => `${BigInt(u) * 4_000_000_000n}`,
  code: (u) => `${u % 4}`,
  decimal: (u) => `${(u - 2 ** 30) / 1024}::DOUBLE`,
  infinite: (u) => (u % 3 === 0 ? `'-inf'::DOUBLE` : `${u}.5::DOUBLE`),
  holed: (u) => (u % 5 === 0 ? `'nan'::DOUBLE` : `${u / 7}::DOUBLE`),
  truth: (u) => `${u % 2 === 0}`,
  word: (u) => `'${['red', 'grün', 'a,b', '"q"'][u % 4]!}'`,
  text: (u) => `'x${'é'.repeat(u % 7)}${u} 👩‍👧'`,
  zip: (u) => `'0${u % 90000}'`,
  mail: (u) => `'u${u}@example.org'`,
  day: (u) => `DATE '1900-01-01' + ${u % 90000}`,
  moment: (u) => `TIMESTAMP '1950-01-01' + to_seconds(${u})`,
  midnight: (u) => `TIMESTAMP '1950-01-01' + to_days(${u % 9000})`,
}

/** How many of a hundred values are missing. */
const gaps = [0, 0, 0, 7, 60, 100]
const tables = 12

describe('Great Expectations', { skip: peer.skip }, () => {
  const folder = makeScratchFolder()
  let cases: Case[] = []
  let theirs: readonly (readonly (boolean | string)[])[] = []

  before(async () => {
    using database = await openDatabase()
    const drawn = await drawTables(database, folder)
    cases = [
      ...drawn,
      ...(await buildCases(database, folder)),
      ...(await readOtherwise(database, folder)),
    ]
    theirs = askPeer(folder, cases)
  })
  test('holds every inferred suite for the table that it was inferred from', () => {
    const inferred = cases.filter(({ name }) => name.startsWith('inferred'))
    assert.equal(inferred.length, tables * 2 * strictnesses.length)
    assert.deepEqual(disagreements(inferred), [])
    assert.ok(inferred.every(({ verdicts }) => !verdicts.includes(false)))
  })

  test('comes to the same verdict on the inferred suite of another table', () => {
    const others = cases.filter(({ name }) => name.startsWith('other'))
    assert.deepEqual(disagreements(others), [])
    const verdicts = others.flatMap((each) => each.verdicts)
    assert.ok(verdicts.includes(true) && verdicts.includes(false))
  })

  test('comes to the same verdict on a built suite', () => {
    const built = cases.filter(({ name }) => name.startsWith('built'))
    assert.equal(built.length, 2)
    assert.deepEqual(disagreements(built), [])
  })

  for (const reading of ['moments', 'sqlite'] as const) {
    test(`accepts what is left of a suite where it is read as ${reading}, and refuses it for another table`, () => {
      const read = cases.filter((each) => each.reading === reading)
      assert.deepEqual(disagreements(read), [])
      const [own, other] = read.map(({ verdicts }) => verdicts)
      assert.ok(own!.length > 15 && !own!.includes(false))
      assert.ok(other!.includes(false))
    })
  }

  function disagreements(of: readonly Case[]): readonly string[] {
    return of.flatMap((each) => {
      const answers = theirs[cases.indexOf(each)]!
      assert.equal(answers.length, each.verdicts.length)
      return each.verdicts.flatMap((ours, i) =>
        ours === answers[i]
          ? []
          : `${each.name}: ${each.types[i]}: ours ${ours}, theirs ${answers[i]}`,
      )
    })
  }
})

/** Random tables as Parquet and as CSV, each with the suites inferred from it and with that of a table like it. */
async function drawTables(database: Database, folder: string): Promise<Case[]> {
  const random = createRandom(7)
  const draw = (below: number): number => Math.floor(random.next() * below)
  const cases: Case[] = []
  for (let number = 0; number < tables; number++) {
    const rows = 1 + draw(number % 5 === 0 ? 3 : 150)
    const missing = Object.keys(families).map(() => gaps[draw(gaps.length)]!)
    const [select, other] = [drawTable(draw, rows, missing), drawTable(draw, rows, missing)]
    for (const kind of ['parquet', 'csv']) {
      const file = join(folder, `${number}.${kind}`)
      const otherFile = join(folder, `${number}-other.${kind}`)
      await Promise.all([write(database, select, file), write(database, other, otherFile)])
      for (const strictness of strictnesses) {
        const name = `inferred ${strictness} from ${number}.${kind}`
        const suite = await inferFrom(database, file, { name, strictness })
        cases.push(await ask(database, folder, { suite, file }))
      }
      const suite = await inferFrom(database, otherFile, { name: `other than ${number}.${kind}` })
      cases.push(await ask(database, folder, { suite, file }))
    }
  }
  return cases
}

/** SQL of a table; two of the same numbers of rows and gaps have their missing values in the same places. */
function drawTable(
  draw: (below: number) => number,
  rows: number,
  missing: readonly number[],
): string {
  const lines = Array.from({ length: rows }, (_, row) => {
    const cells = Object.values(families).map((writeCell, i) => {
      const isMissing = row > 0 && (row * 37 + i) % 100 < missing[i]!
      return isMissing ? 'NULL' : writeCell(draw(2 ** 31))
    })
    return `(${cells.join(', ')})`
  })
  return `SELECT * FROM (VALUES ${lines.join(', ')}) t("${Object.keys(families).join('", "')}")`
}

async function write(database: Database, select: string, file: string): Promise<void> {
  await (file.endsWith('csv')
    ? database.writeCsv(select, file)
    : database.writeParquet(select, file))
}

async function inferFrom(
  database: Database,
  file: string,
  how: Parameters<typeof inferSuite>[1],
): Promise<Suite> {
  await using opened = await openTable(database, file)
  return inferSuite(await profileTable(database, opened.table), how)
}

async function ask(
  database: Database,
  folder: string,
  {
    suite,
    file,
    reading = 'pandas',
  }: { readonly suite: Suite; readonly file: string; readonly reading?: Reading },
): Promise<Case> {
  await using opened = await openTable(database, file)
  const { table } = opened
  const { results } = await validateTable({ database, relation: table, suite })
  const path = join(folder, `${suite.name.replaceAll(/[^\w.]+/g, '-')}.json`)
  writeFileSync(path, formatSuite(suite))
  return {
    name: suite.name,
    file,
    suite: path,
    texts: table.columns.filter(({ type }) => type === 'VARCHAR').map(({ name }) => name),
    types: suite.expectations.map(({ type, kwargs }) => `${type} ${JSON.stringify(kwargs)}`),
    verdicts: results.map(({ success }) => success),
    reading,
  }
}

/** What is left out of a suite for readers that have other types, or moments in the place of days. */
const leftOut = { moments: ['days'], sqlite: ['types'] } as const

/** A CSV file with its suite, and with that of another one, as pandas and SQLite may have it too. */
async function readOtherwise(database: Database, folder: string): Promise<Case[]> {
  const select = (shift: number): string => `SELECT i + ${shift} AS id, 18 + i * 7 % 70 AS age,
      i * 0.37 + ${shift} AS score, i % 3 + ${shift} AS code, 'v' || (i + ${shift}) % 4 AS town, '0' || 1000 + i AS zip,
      i % 2 = 0 AS member, CASE WHEN i % 9 > 0 THEN i END AS gap,
      DATE '2024-01-01' + i::INTEGER - ${shift} AS day, TIMESTAMP '2024-01-01' + to_hours(i - ${shift}) AS at,
      CASE WHEN i % 11 > 0 THEN DATE '2024-01-01' + i::INTEGER END AS gapday FROM range(200) t(i)`
  const [file, other] = [join(folder, 'people.csv'), join(folder, 'others.csv')]
  await write(database, select(0), file)
  await write(database, select(400), other)
  const cases: Case[] = []
  for (const reading of ['moments', 'sqlite'] as const) {
    for (const from of [file, other]) {
      const name = `${reading} of ${from === file ? 'its own' : 'another'}`
      const suite = await inferFrom(database, from, { name, without: leftOut[reading] })
      cases.push(await ask(database, folder, { suite, file, reading }))
    }
  }
  return cases
}

/** A suite of the builder, on the table that it is for and on one that breaks it. */
async function buildCases(database: Database, folder: string): Promise<Case[]> {
  const schema = defineSchema({
    age: { type: 'integer' },
    limit: { type: 'number' },
    sex: { type: 'category', levels: [1, 2] },
  })
  const suite = createSuite(schema, 'built', (expect) => [
    expect.column('age').toBeBetween(18, 100).mostly(0.9).because('nobody younger gets a card'),
    expect.column('age').meanToBeBetween(30, 60).severity('warning'),
    expect.column('age').toBeUnique(),
    expect.column('limit').toNotBeNull().where({ column: 'sex', operator: '==', value: 2 }),
    expect.column('limit').medianToBeBetween(100, 900),
    expect.column('sex').toBeInSet([1, 2]),
    expect.columns(['age', 'sex']).toBeUnique().severity('info'),
    expect.table.rowCountToBeBetween(10),
  ])
  const good = 'SELECT 20 + i AS age, i * 20.5 AS limit, 1 + i % 2 AS sex FROM range(50) t(i)'
  const bad = `SELECT i % 30 AS age, CASE WHEN i % 3 > 0 THEN i * 0.5 END AS limit, i % 4 AS sex FROM range(50) t(i)`
  const cases: Case[] = []
  for (const [name, select] of Object.entries({ good, bad })) {
    const file = join(folder, `${name}.parquet`)
    await database.writeParquet(select, file)
    cases.push(await ask(database, folder, { suite: { ...suite, name: `built-${name}` }, file }))
  }
  return cases
}

/** One process for all cases: importing GX takes longer than all of them. */
function askPeer(
  folder: string,
  cases: readonly Case[],
): readonly (readonly (boolean | string)[])[] {
  writeFileSync(join(folder, 'cases.json'), JSON.stringify(cases))
  execFileSync(peer.python, ['-c', program, folder], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, GX_ANALYTICS_ENABLED: 'false' },
    timeout: 600_000,
  })
  return JSON.parse(readFileSync(join(folder, 'theirs.json'), 'utf8')) as never
}

/** Answers with true, false, or what was raised, in the order of the suite. */
const program = `
import json, logging, os, sqlite3, sys, warnings
warnings.filterwarnings('ignore')
logging.disable(logging.CRITICAL)
import pandas
import great_expectations as gx
from great_expectations.core import ExpectationSuite

folder = sys.argv[1]
context = gx.get_context(mode='ephemeral')
context.variables.progress_bars = {'globally': False}
asset = context.data_sources.add_pandas('tables').add_dataframe_asset('table')
definition = asset.add_batch_definition_whole_dataframe('all')
answers = []

def read_by_sqlite(frame, number):
    name = os.path.join(folder, f'{number}.sqlite')
    with sqlite3.connect(name) as connection:
        frame.to_sql('rows', connection, index=False)
    connection.close()
    source = context.data_sources.add_sqlite(f'sqlite-{number}', connection_string=f'sqlite:///{name}')
    table = source.add_table_asset('rows', table_name='rows')
    return table.add_batch_definition_whole_table('all').get_batch()

for case in json.load(open(folder + '/cases.json')):
    path = case['file']
    if path.endswith('.csv'):
        dates = ['day', 'at', 'gapday'] if case['reading'] == 'moments' else False
        texts = {name: str for name in case['texts']}
        frame = pandas.read_csv(path, dtype=texts, parse_dates=dates, float_precision='round_trip')
    else:
        frame = pandas.read_parquet(path)
    described = json.load(open(case['suite']))
    for index, each in enumerate(described['expectations']):
        each['meta'] = {'index': index}
    if case['reading'] == 'sqlite':
        batch = read_by_sqlite(frame, len(answers))
    else:
        batch = definition.get_batch({'dataframe': frame})
    result = batch.validate(ExpectationSuite(**described), result_format='BOOLEAN_ONLY')
    found = [None] * len(described['expectations'])
    for each in result.to_json_dict()['results']:
        raised = each['exception_info']
        found[each['expectation_config']['meta']['index']] = (
            bool(each['success']) if 'raised_exception' in raised else json.dumps(raised)[-300:])
    answers.append(found)
with open(folder + '/theirs.json', 'w') as file:
    json.dump(answers, file)
`
