import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { describe, test } from 'node:test'
import { columnsOf, defineProject, defineSchema, feature, toFunction } from '../../src/index.ts'
import type { Matrix } from '../../src/core/matrix.ts'
import type { Predictor } from '../../src/core/predictor.ts'
import { createRandom } from '../../src/core/random.ts'
import { openDatabase, quoteText } from '../../src/data/duckdb-store.ts'
import { readFeatures } from '../../src/data/read-features.ts'
import { compileModel } from '../../src/model/index.ts'
import { evaluate } from '../../src/project/evaluate.ts'
import { features } from '../../src/project/features.ts'
import type { Project } from '../../src/project/definition/define-project.ts'
import { layoutOf } from '../../src/project/layout.ts'
import { readModel } from '../../src/project/model-file.ts'
import type { ModelKind } from '../../src/project/parameters/parameters.ts'
import { readTrainingRows } from '../../src/project/read-training-rows.ts'
import { loadParameters } from '../../src/project/project-file.ts'
import type { TrackedContext } from '../../src/project/step.ts'
import { configOf, train } from '../../src/project/train.ts'
import { openTrackingStore } from '../../src/tracking/index.ts'
import { trainModel } from '../../src/training/train.ts'
import { assertClose } from '../assert-close.ts'
import { makeScratchFolder } from '../scratch-folder.ts'

const schema = defineSchema({
  id: { type: 'integer', min: 1 },
  billed: { type: 'number', nullable: true },
  limit: { type: 'number', min: 0 },
  region: { type: 'category', levels: [1, 2, 3] },
  active: { type: 'boolean' },
  note: { type: 'text', nullable: true },
  late: { type: 'boolean' },
})
const column = columnsOf(schema)
const used = feature.divide(column('billed'), column('limit'))
const derived = {
  used,
  // 0.3 is no 32-bit float: a served row must land in the bin that its training row was in.
  step: feature.bins(column('limit'), [0.1, 0.3, 0.7]),
  isFar: feature.and(column('active'), feature.isOneOf(column('region'), [2, 3])),
  unknown: feature.isMissing(used),
}
const common = {
  name: 'loans',
  schema,
  key: 'id',
  target: 'late',
  sources: [],
  citation: { title: '', url: '', licence: '' },
} as const
const project = defineProject({
  ...common,
  features: { billed: 'standardize', region: 'one-hot' },
  derived,
})
const learning = defineProject({
  ...common,
  features: {},
  derived: { used },
  learned: {
    rank: { kind: 'quantile', operand: column('billed'), quantiles: 20 },
    place: { kind: 'oneHot', operand: feature.add(column('region'), 0) },
    rate: { kind: 'targetMean', operand: feature.bins(used, [0.25, 0.5, 0.75]), smoothing: 2 },
  },
})

describe('derived features of a project', () => {
  test('come behind the columns, and models take the raw columns that all are made of', () => {
    const names = (list: readonly { name: string }[]): string[] => list.map(({ name }) => name)
    assert.deepEqual(names(project.featureList), ['billed', 'region', ...Object.keys(derived)])
    assert.deepEqual(names(project.inputList), ['billed', 'limit', 'region', 'active'])
  })

  test('what no served model can compute is refused where it is defined, all at once', () => {
    const define = (wrong: object): unknown =>
      defineProject({ ...common, features: { region: 'one-hot' }, derived: { ...wrong } })
    assert.throws(
      () =>
        define({
          long: feature.textLength(column('note')),
          share: feature.aggregate('mean', column('limit')),
          leak: feature.isMissing(column('late')),
          named: feature.add(column('id'), 1),
          limit: feature.log1p(column('limit')),
          fold: feature.sqrt(column('limit')),
        }),
      ({ code, message }: Error & { code: string }) => {
        assert.equal(code, 'CONFIG_INVALID')
        for (const part of [
          "may not be called 'fold'",
          "'limit' has the name of a column",
          "'long' counts the letters",
          "'share' is made of other rows",
          "'leak' reads 'late', which is the target",
          "'named' reads 'id', which is the key",
        ]) {
          assert.ok(message.includes(part), `${part} in ${message}`)
        }
        return true
      },
    )
    assert.throws(() => define({ f: { kind: 'numberColumn', name: 'limmit' } }), {
      hint: "did you mean 'limit'?",
    })
  })

  test('are in the feature table what the function gives for the floats that a model sees', async () => {
    await using house = await openHouse()
    await features(house.context)
    using database = await openDatabase()
    const table = await database.query(
      `SELECT * FROM read_parquet(${quoteText(house.path('features'))}) ORDER BY row`,
    )
    assert.equal(table.length, 400)
    for (const cells of table) {
      const numbers = ['billed', 'limit', 'region'].map((name) => {
        const cell = cells[name]
        return [name, typeof cell === 'number' ? Math.fround(cell) : null] as const
      })
      const row = { active: cells['active'] === true, ...Object.fromEntries(numbers) }
      for (const [name, expression] of Object.entries(derived)) {
        const value = toFunction(expression)(row)
        const expected = typeof value === 'number' ? Math.fround(value) : value
        assert.equal(cells[name], expected, JSON.stringify({ name, row }))
      }
    }
  })

  test('a model that is served gives of raw columns what the fitted one gives of features', async () => {
    await using house = await openHouse()
    await features(house.context)
    using database = await openDatabase()
    const read = (names: readonly string[]) =>
      readFeatures(database, house.path('features'), {
        features: names,
        target: 'late',
        testFold: 0,
        part: 'train',
      })
    const rows = await read(project.featureList.map(({ name }) => name))
    const raw = await read(project.inputList.map(({ name }) => name))
    for (const kind of ['logistic', 'boosting'] as const) {
      await train(house.context, kind)
      const { predictor } = await readModel(house.path(kind))
      assert.deepEqual(Object.keys(predictor.inputs), ['billed', 'limit', 'region', 'active'])
      const fitted = trainModel(
        configOf(house.context.parameters, kind, { kind: 'probability' }),
        project.featureList,
        rows,
      )
      const served = predictor.predict(raw.x)
      assert.deepEqual(served, compileModel(fitted)(rows.x), kind)
      assertExplained(predictor, raw.x)
      // Who uses much of the limit is late: a model without the quotient does not see it.
      await evaluate(house.context, kind)
      const metrics = JSON.parse(await readFile(house.metrics(kind), 'utf8')) as { roc_auc: number }
      assert.ok(metrics.roc_auc > 0.9, `${kind}: ${metrics.roc_auc}`)
    }
  })
})

describe('learnt features of a project', () => {
  test('are fitted on the training rows, and the served graph has what was learnt', async () => {
    await using house = await openHouse(learning)
    await features(house.context)
    const rows = await readTrainingRows(house.context)
    assert.deepEqual(
      rows.features.map(({ name }) => name),
      ['used', 'rank', 'place=1', 'place=2', 'place=3', 'rate'],
    )
    const { parameters } = house.context
    const fitted = compileModel(
      trainModel(configOf(parameters, 'boosting', { kind: 'probability' }), rows.features, rows),
    )
    await train(house.context, 'boosting')
    const { predictor } = await readModel(house.path('boosting'))
    const names = Object.keys(predictor.inputs)
    assert.deepEqual(names, ['billed', 'limit', 'region'])
    const served = predictor.predict(rows.raw)
    const expressions = rows.features.map(({ expression }) => toFunction(expression!))
    for (let r = 0; r < rows.raw.rows; r++) {
      const cells = names.map((name, c) => [name, rows.raw.values[r * names.length + c]] as const)
      const values = Float32Array.from(expressions, (compute) =>
        Number(compute(Object.fromEntries(cells)) ?? NaN),
      )
      const [expected] = fitted({ rows: 1, columns: values.length, values })
      assert.equal(served[r], expected)
    }
  })

  test('that cannot be are refused where the project is defined, all at once', () => {
    assert.throws(
      () =>
        defineProject({
          ...common,
          features: {},
          derived: { used },
          learned: {
            used: { kind: 'standardize', operand: column('billed') },
            town: { kind: 'oneHot', operand: column('note') },
            // @ts-expect-error -- there is no such kind
            rank: { kind: 'quantiles', operand: column('billed') },
            fold: { kind: 'ordinal', operand: column('region') },
          },
        }),
      ({ message, hint }: Error & { hint: string }) => {
        assert.match(
          message,
          /'fold'.*'rank' has the kind 'quantiles'; 'used' is derived and learnt/,
        )
        assert.match(hint, /did you mean 'quantile'/)
        return true
      },
    )
  })
})

/** Contributions of raw columns, and of those that features were made of together, sum to the log odds. */
function assertExplained(predictor: Predictor, rows: Matrix): void {
  const explained = predictor.explain?.(rows)
  assert.ok(explained !== undefined)
  const { base, columns, values } = explained
  assert.ok(columns.includes('billed & limit'), columns.join(', '))
  const probabilities = predictor.predict(rows)
  for (let r = 0; r < rows.rows; r++) {
    const added = values.subarray(r * columns.length, (r + 1) * columns.length)
    const odds = added.reduce((sum, each) => sum + each, base)
    assertClose(1 / (1 + Math.exp(-odds)), probabilities[r]!, 1e-4)
  }
}

interface House extends AsyncDisposable {
  readonly context: TrackedContext
  path(what: 'features' | ModelKind): string
  metrics(kind: ModelKind): string
}

/** A folder with the raw table of 400 loans. */
async function openHouse(of: Project = project): Promise<House> {
  const directory = makeScratchFolder()
  const layout = layoutOf(of.name)
  const raw = join(directory, layout.raw)
  mkdirSync(dirname(raw), { recursive: true })
  const random = createRandom(3)
  const lines = Array.from({ length: 400 }, (_, i) => {
    const limit = [0.1, 0.3, 0.7, 0, random.next(), random.next() * 100][random.nextInteger(6)]!
    const billed = random.next() < 0.1 ? null : random.next() * limit
    const cells = [i + 1, billed ?? 'NULL', limit, random.nextInteger(3) + 1, random.next() < 0.5]
    const isLate = billed !== null && billed > 0.5 * limit
    return `(${[...cells, "'n'", isLate].join(', ')})`
  })
  using database = await openDatabase()
  const types =
    'id BIGINT, billed DOUBLE, "limit" DOUBLE, region BIGINT, active BOOLEAN, note VARCHAR, late BOOLEAN'
  await database.run(`CREATE TABLE loans (${types})`)
  await database.run(`INSERT INTO loans VALUES ${lines.join(', ')}`)
  await database.writeParquet('SELECT * FROM loans', raw)
  const parameters = await loadParameters(resolve(import.meta.dirname, '../..'))
  const tracking = await openTrackingStore({ directory: join(directory, '.mlpt') })
  return {
    context: {
      directory,
      project: of,
      parameters: { ...parameters, evaluate: { ...parameters.evaluate, slices: {} } },
      log: () => {},
      tracking,
      now: () => 0,
      gitCommit: undefined,
      userId: 'tester',
      lockSha256: undefined,
      host: 'here',
      processId: process.pid,
      isAlive: () => false,
    },
    path: (what) => join(directory, what === 'features' ? layout.features : layout.model(what)),
    metrics: (kind) => join(directory, layout.metrics(kind)),
    [Symbol.asyncDispose]: () => tracking[Symbol.asyncDispose](),
  }
}
