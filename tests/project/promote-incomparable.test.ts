/** Champions of other days, which cannot be scored on the rows of today. */

import assert from 'node:assert/strict'
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { createRandom } from '../../src/core/random.ts'
import { defineSchema, type Field } from '../../src/core/schema.ts'
import { openDatabase, quoteText } from '../../src/data/duckdb-store.ts'
import { defineProject, type Project } from '../../src/project/definition/define-project.ts'
import { evaluate } from '../../src/project/evaluate.ts'
import { features } from '../../src/project/features.ts'
import { layoutOf } from '../../src/project/layout.ts'
import { promote } from '../../src/project/promote/promote.ts'
import { championAlias, type Verdict } from '../../src/training/registry.ts'
import { makeScratchFolder } from '../scratch-folder.ts'
import { openHouse, parametersOf } from './target-house.ts'

type Fields = Readonly<Record<string, Field>>
type Target = 'is_large' | 'size'

const before: Fields = { a: { type: 'number' }, b: { type: 'number' } }

for (const { name, schema, target, reason } of [
  {
    name: 'takes a column that is gone',
    schema: { a: { type: 'number' } },
    target: 'is_large',
    reason: /: it takes 'b', which the data does not have; 'mlpt promote --override'/,
  },
  {
    name: 'takes a column as a number that is a text now',
    schema: { a: { type: 'number' }, b: { type: 'text' } },
    target: 'is_large',
    reason: /: it takes 'b' as number, which the data has as VARCHAR;/,
  },
  {
    name: 'predicts something else',
    schema: before,
    target: 'size',
    reason: /: it gives the probability of class 1, but the target 'size' .* asks for a value;/,
  },
] satisfies readonly {
  readonly schema: Fields
  readonly target: Target
  readonly [other: string]: unknown
}[]) {
  test(`a champion that ${name} stays, with a verdict that says so, until somebody overrules it`, async () => {
    const directory = makeScratchFolder()
    await promoteOn(directory, defineThings(before, 'is_large'))
    const said = await promoteOn(directory, defineThings(schema, target))
    assert.equal(said.verdict.decision, 'kept-champion')
    assert.match(said.verdict.reason, reason)
    assert.equal(said.verdict.comparison, null)
    assert.notEqual(said.verdict.champion, null)
    assert.equal(said.champion, '1')
    const forced = await promoteOn(
      directory,
      defineThings(schema, target),
      'the old column is no more',
    )
    assert.equal(forced.verdict.decision, 'promoted')
    assert.notEqual(forced.champion, '1')
  })
}

test('a champion whose columns stand in the data with others, or in other letters, is compared', async () => {
  const directory = makeScratchFolder()
  await promoteOn(directory, defineThings(before, 'is_large'))
  const schema: Fields = { A: { type: 'number' }, b: { type: 'integer' }, c: { type: 'number' } }
  const { verdict } = await promoteOn(directory, defineThings(schema, 'is_large'))
  assert.notEqual(verdict.comparison, null)
})

test('a champion whose files are gone is an error, until somebody overrules it', async () => {
  const directory = makeScratchFolder()
  await promoteOn(directory, defineThings(before, 'is_large'))
  const things = defineThings({ ...before, c: { type: 'number' } }, 'is_large')
  rmSync(join(directory, '.mlpt', 'artifacts'), { recursive: true })
  await assert.rejects(promoteOn(directory, things), { code: 'MODEL_NOT_FOUND' })
  const forced = await promoteOn(directory, things, 'the disk is gone')
  assert.deepEqual([forced.verdict.decision, forced.verdict.champion], ['promoted', null])
  assert.match(
    forced.verdict.override!.instead.reason,
    /cannot be held against the champion: it cannot be opened: /,
  )
})

test('mlpt evaluate names the columns that the features lack', async () => {
  const directory = makeScratchFolder()
  await promoteOn(directory, defineThings(before, 'is_large'))
  const { features: table } = layoutOf('things')
  {
    using database = await openDatabase()
    const path = join(directory, table)
    await database.writeParquet(
      `SELECT * EXCLUDE (b) FROM read_parquet(${quoteText(path)})`,
      `${path}.new`,
    )
    renameSync(`${path}.new`, path)
  }
  await using house = await openHouse(
    defineThings(before, 'is_large'),
    directory,
    parametersOf({ promote: { metric: 'roc_auc' } }),
  )
  await assert.rejects(evaluate(house.context, 'logistic'), {
    code: 'DATA_COLUMN_MISSING',
    message: `models/logistic takes 'b', which ${table} does not have`,
  })
})

function defineThings(columns: Fields, target: Target): Project {
  const names = Object.keys(columns).filter((name) => columns[name]!.type !== 'text')
  return defineProject({
    name: 'things',
    schema: defineSchema({
      id: { type: 'integer' },
      ...columns,
      is_large: { type: 'boolean' },
      size: { type: 'number' },
    }),
    key: 'id',
    target,
    features: Object.fromEntries(names.map((name) => [name, 'standardize' as const])),
    sources: [{ kind: 'folder', path: 'data', files: ['things.csv'] }],
    citation: { title: 'Things', url: 'https://example.com', licence: 'CC0' },
  })
}

/** Trains and promotes on drawn rows of what the project's schema has. */
async function promoteOn(
  directory: string,
  project: Project,
  override?: string,
): Promise<{ readonly verdict: Verdict; readonly champion: string | undefined }> {
  const isNumber = project.output.kind === 'value'
  const metric = isNumber ? 'rmse' : 'roc_auc'
  await using house = await openHouse(
    project,
    directory,
    parametersOf({ promote: { metric, baseline: false } }),
  )
  // The models of the earlier target are no candidates.
  for (const folder of ['models', 'metrics'])
    rmSync(join(directory, folder), { recursive: true, force: true })
  await writeRows(directory, project)
  await features(house.context)
  await house.make(isNumber ? 'linear' : 'logistic')
  await promote(house.context, override)
  const version = await house.context.tracking.findModelVersion('things', championAlias)
  return {
    verdict: house.readJson('reports/promotion.json') as Verdict,
    champion: version?.version,
  }
}

async function writeRows(directory: string, { name, schema }: Project): Promise<void> {
  const columns = Object.entries(schema.fields)
  const random = createRandom(columns.length)
  const lines = Array.from({ length: 200 }, (_, row) => {
    const size = random.next()
    return columns.map(([column, { type }]) => {
      if (column === 'id') return row
      if (column === 'is_large') return size > 0.5
      if (type === 'text') return size > 0.5 ? 'much' : 'little'
      const value = size + random.next()
      return type === 'integer' ? Math.round(10 * value) : value
    })
  })
  const source = join(directory, 'rows.csv')
  writeFileSync(source, [columns.map(([column]) => column), ...lines].join('\n'))
  const raw = join(directory, layoutOf(name).raw)
  mkdirSync(dirname(raw), { recursive: true })
  using database = await openDatabase()
  await database.writeParquet(`SELECT * FROM read_csv(${quoteText(source)})`, raw)
}
