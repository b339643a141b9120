/** The feature store of a project on the command line: a small project of two clients and three months. */

import assert from 'node:assert/strict'
import { spawnSync, type SpawnSyncReturns } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { before, describe, test } from 'node:test'
import { openDatabase } from '../../src/data/duckdb-store.ts'
import { mlptArguments } from '../mlpt-program.ts'
import { makeScratchFolder } from '../scratch-folder.ts'

const root = resolve(import.meta.dirname, '../..')
const folder = makeScratchFolder()

const project = `
import { defineFeatureView, defineProject, defineSchema } from 'ml-pipeline-toolkit'

const bills = defineFeatureView({
  name: 'bills',
  entities: { id: { type: 'integer' } },
  timestamp: 'month',
  ttl: '30d',
  features: { billed: { type: 'integer', nullable: true } },
})
export default defineProject({
  name: 'loans',
  schema: defineSchema({
    id: { type: 'integer' },
    may: { type: 'integer', nullable: true },
    june: { type: 'integer', nullable: true },
    defaulted: { type: 'boolean' },
  }),
  key: 'id',
  target: 'defaulted',
  features: { may: 'standardize', june: 'standardize' },
  featureStore: {
    facts: [{ view: bills, moments: { '2026-06-30': { billed: 'june' }, '2026-05-31': { billed: 'may' } } }],
    asked: '2026-07-01',
    joins: [
      { view: bills, features: { billed: 'june' } },
      { view: bills, features: { billed: 'may' }, monthsBefore: 1 },
    ],
  },
  sources: [],
  citation: { title: '', url: '', licence: '' },
})
`

describe('mlpt features', () => {
  before(async () => {
    writeFileSync(join(folder, 'project.ts'), project)
    copyFileSync(join(root, 'params.yaml'), join(folder, 'params.yaml'))
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
    mkdirSync(join(folder, 'node_modules'))
    symlinkSync(root, join(folder, 'node_modules/ml-pipeline-toolkit'))
    mkdirSync(join(folder, 'data/raw'), { recursive: true })
    mkdirSync(join(folder, 'data/processed'), { recursive: true })
    using database = await openDatabase()
    await database.writeParquet(
      'SELECT * FROM (VALUES (1::BIGINT, 50::BIGINT, 60::BIGINT, true), (2, NULL, 61, false)) v(id, may, june, defaulted)',
      join(folder, 'data/raw/loans.parquet'),
    )
  })

  test('builds the table from facts that went through the store', async () => {
    const { status, stderr } = run('build')
    assert.match(stderr, /bills: 4 facts\n2 rows, 2 features/)
    assert.equal(status, 0)
    using database = await openDatabase()
    assert.deepEqual(
      await database.query(
        `SELECT "row", may, june FROM read_parquet('${join(folder, 'data/processed/loans.parquet')}')`,
      ),
      [
        { row: 0, may: 50, june: 60 },
        { row: 1, may: null, june: 61 },
      ],
    )
    assert.match(run().stderr, /bills: 4 facts, which were there/)
  })

  test('lists the views', () => {
    assert.match(run('list').stdout, /bills +4 +2 +2026-05-31 +2026-06-30/)
    const [view] = JSON.parse(run('list', '--json').stdout)
    assert.deepEqual(
      [view.name, view.rows, view.until],
      ['bills', 4, '2026-06-30T00:00:00.000000Z'],
    )
  })

  test('appends, compacts and joins files', async () => {
    writeFileSync(join(folder, 'facts.csv'), 'id,month,billed\n1,2026-06-15,55\n')
    assert.equal(run('append', 'bills', 'facts.csv').stdout, 'bills: 1 facts\n')
    assert.equal(run('compact', 'bills').stdout, 'bills: 2 files\n')
    writeFileSync(join(folder, 'rows.csv'), 'id,asked\n2,2026-06-20\n1,2026-06-20\n1,2026-06-10\n')
    const joined = run(
      'join',
      'rows.csv',
      '--timestamp',
      'asked',
      '--output',
      't.parquet',
      '--json',
    )
    assert.equal(JSON.parse(joined.stdout).rows, 3)
    assert.equal(readFileSync(join(folder, 't.parquet.json'), 'utf8'), joined.stdout)
    using database = await openDatabase()
    const found = await database.query(
      `SELECT billed FROM read_parquet('${join(folder, 't.parquet')}')`,
    )
    assert.deepEqual(found, [{ billed: null }, { billed: 55 }, { billed: 50 }])
  })

  test('says of facts that are appended to what a stage makes that its next run drops them', () => {
    const stages = join(folder, 'dvc.yaml')
    writeFileSync(stages, 'stages:\n  build:\n    cmd: mlpt features\n    outs: [data/features]\n')
    const { stderr } = run('append', 'bills', 'facts.csv')
    rmSync(stages)
    assert.match(stderr, /the stage 'build' makes data\/features, and its next run drops/)
  })

  test('a store that nobody filled is not read, and not made', () => {
    const { status, stderr } = run('get', 'bills', 'id=1', '--online', 'none.db')
    assert.match(stderr, /FILE_MISSING[^]*mlpt features materialize/)
    assert.equal(status, 1)
    assert.ok(!existsSync(join(folder, 'none.db')))
  })

  test('materializes, and reads one entity', () => {
    assert.match(run('materialize', '--until', '2026-07-01').stdout, /bills: 2 of 2 entities/)
    assert.deepEqual(JSON.parse(run('materialize', '--until', '2026-07-01', '--json').stdout), {
      bills: { changed: 0, seen: 0 },
    })
    assert.equal(run('get', 'bills', 'id=1', '--at', '2026-07-01').stdout, 'billed  60\n')
    assert.equal(run('get', 'bills', 'id=9', '--at', '2026-07-01').stdout, 'billed  NOT_FOUND\n')
    assert.deepEqual(
      JSON.parse(run('get', 'bills', 'id=1', '--at', '2027-01-01', '--json').stdout),
      {
        values: { billed: null },
        statuses: { billed: 'OUTSIDE_MAX_AGE' },
        moment: '2026-06-30T00:00:00.000000Z',
      },
    )
  })

  test('a header alone is no append; facts that are gone are told, and what is online stays', () => {
    writeFileSync(join(folder, 'header.csv'), 'id,month,billed\n')
    assert.equal(run('append', 'bills', 'header.csv').stdout, 'bills: 0 facts\n')
    renameSync(join(folder, 'data/features'), join(folder, 'data/gone'))
    const joined = run('join', 'rows.csv', '--timestamp', 'asked', '--output', 'gone.parquet')
    const materialized = run('materialize')
    renameSync(join(folder, 'data/gone'), join(folder, 'data/features'))
    assert.match(joined.stderr, /warning: feature view 'bills' has no facts/)
    assert.match(materialized.stderr, /FILE_MISSING[^]*the online store has some/)
    assert.equal(materialized.status, 1)
    assert.equal(run('get', 'bills', 'id=1', '--at', '2026-07-01').stdout, 'billed  60\n')
  })

  test('names what is wrong, with what is right', () => {
    const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
      [['get', 'bils', 'id=1'], 2, /no feature view 'bils'[^]*did you mean 'bills'/],
      [['get', 'bills', '1'], 2, /write name=value/],
      [['get', 'bills', 'id=one'], 1, /'id' is "one", and it is integer/],
      [['get', 'bills', 'id=1', '--at', 'noon'], 2, /'noon' is no instant/],
      [
        ['get', 'bills', 'id=1', '--features', 'biled'],
        1,
        /no feature 'biled'[^]*did you mean 'billed'/,
      ],
      [['materialize', '--until', '31/12/2026'], 2, /'31\/12\/2026' is no instant/],
      [
        ['join', 'rows.csv', '--timestamp', 'when', '--output', 'x.parquet'],
        1,
        /the rows lack 'when'/,
      ],
      [['append', 'bills', 'rows.csv'], 1, /the facts lack 'month', 'billed'/],
    ]
    for (const [words, status, message] of cases) {
      const found = run(...words)
      assert.match(found.stderr, message)
      assert.equal(found.status, status, words.join(' '))
    }
  })
})

function run(...words: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [...mlptArguments, 'features', ...words], {
    cwd: folder,
    encoding: 'utf8',
  })
}
