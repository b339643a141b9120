/** `mlpt tune` for what a project may predict besides a boolean, and with weights. */

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, test } from 'node:test'
import { createRandom } from '../../../src/core/random.ts'
import { defineSchema } from '../../../src/core/schema.ts'
import type { Matrix } from '../../../src/core/matrix.ts'
import type { FeatureRows } from '../../../src/data/read-features.ts'
import { compileModel } from '../../../src/model/index.ts'
import { defineProject, type Project } from '../../../src/project/definition/define-project.ts'
import { checkParameters } from '../../../src/project/parameters/check-parameters.ts'
import {
  parseParameters,
  type ModelKind,
  type Parameters,
} from '../../../src/project/parameters/parameters.ts'
import { configOf } from '../../../src/project/train.ts'
import { scoreTrial } from '../../../src/project/tune/tune-trial.ts'
import { trainModel } from '../../../src/training/train.ts'
import { outputMetrics, type OutputMetric } from '../../../src/training/output-metric.ts'
import { assertClose } from '../../assert-close.ts'
import { mlptArguments } from '../../mlpt-program.ts'
import { runIn } from '../../pipeline/folder.ts'
import { buildHouse, parametersOf } from '../target-house.ts'

const train = {
  boosting: { rounds: 8, learning_rate: 0.3, max_leaves: 4, min_rows_per_leaf: 5 },
}

describe('a trial', () => {
  for (const { target, kind } of [
    { target: 'size', kind: 'linear' },
    { target: 'shape', kind: 'logistic' },
  ] as const) {
    test(`of ${target}: rows that weigh 2 count as rows that are there twice, in fits and in every metric`, () => {
      const project = projectOf(target)
      const rows = rowsOf(project)
      const twice = repeatRows(rows)
      const { weights: _, ...plain } = twice
      // Hardly penalised: columns are standardized whatever rows weigh.
      for (const metric of outputMetrics[project.output.kind]) {
        const context = { ...contextOf(kind, metric), project }
        const weighted = scoreTrial({ ...context, rows }, { l2: 1e-6 })
        const repeated = scoreTrial({ ...context, rows: plain }, { l2: 1e-6 })
        assert.equal(weighted.length, 3)
        weighted.forEach((score, fold) => assertClose(score, repeated[fold]!, 1e-4))
      }
    })
  }

  test('is a mean over folds of what a model of the other folds gives: rmse by hand', () => {
    const project = projectOf('size')
    const { weights: _, ...rows } = rowsOf(project)
    const context = { ...contextOf('boosting', 'rmse'), project, rows }
    const scores = scoreTrial(context, { max_leaves: 3 })
    const { parameters } = context
    const boosting = { ...parameters.train.boosting, max_leaves: 3 }
    const config = configOf(
      { ...parameters, train: { ...parameters.train, boosting } },
      'boosting',
      project.output,
    )
    for (const [place, fold] of [1, 2, 3].entries()) {
      const isHeld = (row: number): boolean => rows.folds[row] === fold
      const model = trainModel(
        config,
        project.featureList,
        pick(rows, (row) => !isHeld(row)),
      )
      const held = pick(rows, isHeld)
      const given = compileModel(model)(held.x)
      const squares = held.y.map((y, row) => (y - given[row]!) ** 2)
      assertClose(scores[place]!, Math.sqrt(squares.reduce((a, b) => a + b) / squares.length))
    }
  })

  test('whose training rows lack a class says which', () => {
    const project = projectOf('shape')
    const rows = rowsOf(project)
    // The last class lies in fold 1 alone.
    const y = rows.y.map((value, row) => (value === 2 && rows.folds[row] !== 1 ? 1 : value))
    const context = { ...contextOf('boosting', 'log_loss'), project }
    assert.throws(() => scoreTrial({ ...context, rows: { ...rows, y } }, {}), {
      code: 'TRAINING_INVALID',
      message: "no training row has the class 'long' of 'shape'",
    })
  })
})

describe('the section tune', () => {
  test('looks for what decides a promotion unless it says something else', () => {
    const parse = (section: object): string | undefined =>
      parametersWith({ boosting: { trials: 3, space: { l2: { uniform: [0, 1] } }, ...section } })
        .tune?.['boosting']?.metric
    assert.equal(parse({}), 'rmse')
    assert.equal(parse({ metric: 'pinball_loss' }), 'pinball_loss')
  })

  test('is held against the target: metric and values, all at once', () => {
    const parameters = parametersWith(
      {
        boosting: {
          metric: 'rmse',
          trials: 3,
          space: { objective: { choice: ['auto', 'poisson'] }, l2: { uniform: [0, 1] } },
        },
        logistic: { metric: 'accuracy', trials: 3, space: { l1: { uniform: [0, 1] } } },
      },
      'log_loss',
    )
    assert.throws(() => checkParameters(parameters, projectOf('shape')), {
      code: 'CONFIG_INVALID',
      message:
        /one of 3 classes: 'tune\.logistic\.space\.l1' is 1; 'tune\.boosting\.metric' is rmse; 'tune\.boosting\.space\.objective' is poisson$/,
    })
  })

  test('tries the calibrations that the target has', () => {
    const withMetric = (metric: string): Parameters =>
      parametersWith(
        {
          boosting: {
            metric,
            trials: 3,
            space: { calibration: { choice: ['none', 'platt', 'temperature'] } },
          },
        },
        metric,
      )
    assert.throws(() => checkParameters(withMetric('roc_auc'), projectOf('is_large')), {
      message: /'tune\.boosting\.space\.calibration' is temperature$/,
    })
    assert.throws(() => checkParameters(withMetric('rmse'), projectOf('size')), {
      message: /'tune\.boosting\.space\.calibration' is platt$/,
    })
    checkParameters(withMetric('accuracy'), projectOf('shape'))
  })
})

test('mlpt tune finds numbers for classes and for a number, both with weights', async () => {
  for (const [target, kind, metric] of [
    ['shape', 'boosting', 'accuracy'],
    ['size', 'linear', 'mae'],
  ] as const) {
    const project = projectOf(target)
    const space = { [kind]: { trials: 3, space: { l2: { log_uniform: [0.1, 100] } } } }
    const parameters = JSON.parse(parametersOf({ train, promote: { metric } })) as object
    const text = JSON.stringify({ ...parameters, tune: space })
    await using house = await buildHouse(project, csv(), text)
    writeFileSync(join(house.directory, 'params.yaml'), text)
    writeFileSync(join(house.directory, 'project.ts'), projectText(target))
    const words = [...mlptArguments, 'tune', kind, '--json', '--jobs', '2']
    const found = runIn(house.directory, process.execPath, ...words)
    assert.equal(found.exitCode, 0, found.errors)
    const result = JSON.parse(found.output) as {
      metric: string
      trials: readonly { score: number }[]
      current: { score: number }
    }
    assert.equal(result.metric, metric)
    assert.equal(result.trials.length, 3)
    const scores = result.trials.map(({ score }) => score)
    const best = metric === 'mae' ? Math.min(...scores) : Math.max(...scores)
    assert.equal(scores[0], best)
  }
})

type Target = 'size' | 'shape' | 'is_large'

const schema = {
  id: { type: 'integer', min: 1 },
  a: { type: 'number' },
  b: { type: 'number' },
  shape: { type: 'text', levels: ['round', 'flat', 'long'] },
  is_large: { type: 'boolean' },
  size: { type: 'number' },
  weight: { type: 'number', min: 0 },
} as const

const definition = {
  name: 'things',
  key: 'id',
  weight: 'weight',
  features: { a: 'standardize', b: 'standardize' },
  sources: [{ kind: 'folder', path: 'data', files: ['things.csv'] }],
  citation: { title: 'Things', url: 'https://example.com', licence: 'CC0' },
} as const

function projectOf(target: Target): Project {
  return defineProject({ ...definition, target, schema: defineSchema(schema) })
}

function projectText(target: Target): string {
  const library = resolve(import.meta.dirname, '../../../src/index.ts')
  return `import { defineProject, defineSchema } from ${JSON.stringify(library)}
    const schema = defineSchema(${JSON.stringify(schema)})
    export default defineProject({ ...${JSON.stringify({ ...definition, target })}, schema })`
}

function parametersWith(tune: object, metric = 'rmse') {
  const others = JSON.parse(parametersOf({ train, promote: { metric } })) as object
  return parseParameters(JSON.stringify({ ...others, tune }), 'params.yaml')
}

function contextOf(kind: ModelKind, metric: OutputMetric) {
  const plain = parametersWith({}, metric === 'pinball_loss' ? 'rmse' : 'log_loss')
  const costs = { long: { flat: 3 } }
  const parameters = { ...plain, evaluate: { ...plain.evaluate, costs } }
  return { parameters, kind, settings: { folds: 9, metric } }
}

/** Three folds of things, each of which weighs 1 or 2. */
function rowsOf(project: Project): FeatureRows & { readonly weights: Float64Array } {
  const lines = csv()
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','))
  const column = (place: number): Float64Array =>
    Float64Array.from(lines, (line) => Number(line[place]))
  const [a, b] = [column(1), column(2)]
  const values = Float32Array.from(
    { length: 2 * a.length },
    (_, i) => (i % 2 === 0 ? a : b)[i >> 1]!,
  )
  const y =
    project.output.kind === 'value'
      ? column(5)
      : Float64Array.from(lines, (line) =>
          schema.shape.levels.findIndex((level) => level === line[3]),
        )
  return {
    x: { rows: a.length, columns: 2, values },
    y,
    keys: column(0),
    folds: column(0).map((id) => 1 + (id % 3)),
    weights: column(6),
  }
}

function repeatRows(rows: FeatureRows & { readonly weights: Float64Array }): FeatureRows {
  const places = [...rows.y.keys()].flatMap((row) => (rows.weights[row] === 2 ? [row, row] : [row]))
  const take = (values: Float64Array): Float64Array =>
    Float64Array.from(places, (row) => values[row]!)
  const x = {
    rows: places.length,
    columns: 2,
    values: Float32Array.from(
      places.flatMap((row) => Array.from(rows.x.values.subarray(2 * row, 2 * row + 2))),
    ),
  }
  return { x, y: take(rows.y), keys: take(rows.keys), folds: take(rows.folds) }
}

function pick(
  { x, y }: FeatureRows,
  isTaken: (row: number) => boolean,
): { readonly x: Matrix; readonly y: Float64Array } {
  const places = [...y.keys()].filter(isTaken)
  const values = Float32Array.from(
    places.flatMap((row) => [...x.values.subarray(2 * row, 2 * row + 2)]),
  )
  return {
    x: { rows: places.length, columns: 2, values },
    y: Float64Array.from(places, (row) => y[row]!),
  }
}

function csv(): string {
  const random = createRandom(5)
  const lines = Array.from({ length: 240 }, (_, id) => {
    const [a, b] = [4 * random.next() - 2, 4 * random.next() - 2].map(Math.fround) as [
      number,
      number,
    ]
    const size = 10 + a * a + b + 0.5 * random.next()
    const shape = a + random.next() > 0.9 ? 'long' : b + random.next() > 0.4 ? 'flat' : 'round'
    return [id + 1, a, b, shape, size > 12, size, 1 + random.nextInteger(2)].join(',')
  })
  return `id,a,b,shape,is_large,size,weight\n${lines.join('\n')}\n`
}
