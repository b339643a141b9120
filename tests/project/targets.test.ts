/** What a project predicts: the steps from features to a promoted model, for each kind of target. */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Matrix } from '../../src/core/matrix.ts'
import type { Predictor } from '../../src/core/predictor.ts'
import { createRandom } from '../../src/core/random.ts'
import { openPredictor } from '../../src/model/index.ts'
import { defineSchema, type Schema } from '../../src/core/schema.ts'
import { defineProject, type Project } from '../../src/project/definition/define-project.ts'
import { evaluate } from '../../src/project/evaluate.ts'
import { train as trainModel } from '../../src/project/train.ts'
import type { ClassReport, ValueReport } from '../../src/training/output-report.ts'
import type { Verdict } from '../../src/training/registry.ts'
import { assertClose } from '../assert-close.ts'
import { buildHouse, defineThings, parametersOf } from './target-house.ts'

const small = {
  boosting: {
    rounds: 20,
    learning_rate: 0.3,
    max_leaves: 6,
    min_rows_per_leaf: 5,
    l2: 1,
    feature_fraction: 1,
  },
}

describe('a target that is a number', () => {
  test('is trained, measured, promoted, and held against the champion by a metric of which less is better', async () => {
    const promote = {
      metric: 'rmse',
      max_rmse: 2,
      min_r2: 0.5,
      max_p_value: 0.05,
      max_slice_regression: 0.5,
    }
    const parameters = parametersOf({
      train: small,
      evaluate: { slices: { kind: 'levels' } },
      promote,
    })
    await using house = await buildHouse(defineThings('size'), rows(600), parameters)
    await house.make('linear')
    await house.promote()
    assert.match(house.said.at(-1)!, /^promoted: 'linear' is the best by rmse/)
    await house.make('boosting')
    await house.promote()
    const report = house.readJson('reports/evaluation/boosting.json') as ValueReport
    assert.deepEqual(
      report.slices.map(({ slice, metrics }) => [slice, metrics !== undefined]),
      [
        ['kind=0', true],
        ['kind=1', true],
        ['kind=2', true],
      ],
    )
    const rmses = report.slices.map(({ metrics }) => metrics!['rmse']!.value)
    assert.equal(report.fairness['kind']!['rmse_group_max'], Math.max(...rmses))
    const { rmse, r2 } = report.metrics
    assert.ok(rmse!.lower < rmse!.value && rmse!.value < rmse!.upper && r2!.value > 0.7)
    const verdict = house.readJson('reports/promotion.json') as Verdict
    assert.equal(verdict.decision, 'promoted')
    assert.ok(verdict.comparison!.improvement > 0 && verdict.comparison!.lower > 0)
    assert.deepEqual(
      verdict.gates!.map(({ gate }) => gate),
      ['max_rmse', 'min_r2', 'baseline', 'min_improvement', 'max_p_value', 'max_slice_regression'],
    )
    const { output } = await openPredictor(join(house.directory, 'models/boosting'))
    assert.deepEqual(output, { kind: 'value' })
    assert.match(house.read('plots/boosting/residuals.csv'), /^quantile,residual\n0,/)
  })

  test('that is a quantile leaves its share of the rows below', async () => {
    const train = {
      boosting: { ...small.boosting, rounds: 60, objective: 'quantile', quantile: 0.8 },
    }
    const parameters = parametersOf({ train, promote: { metric: 'mae' } })
    await using house = await buildHouse(defineThings('size'), rows(900), parameters)
    await house.make('boosting')
    const report = house.readJson('reports/evaluation/boosting.json') as ValueReport
    assert.equal(report.quantile, 0.8)
    const residuals = new Map(
      house
        .read('plots/boosting/residuals.csv')
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.split(',').map(Number) as [number, number]),
    )
    assert.ok(residuals.get(0.65)! < 0 && residuals.get(0.95)! > 0)
  })

  test('has an interval where one is asked for, which the evaluation measures and the model folder keeps', async () => {
    const train = { boosting: { ...small.boosting, interval: 0.8 } }
    const parameters = parametersOf({ train, promote: { metric: 'rmse' } })
    await using house = await buildHouse(defineThings('size'), rows(600), parameters)
    await house.make('boosting', 'linear')
    await house.promote()
    const { interval } = house.readJson('reports/evaluation/boosting.json') as ValueReport
    const { output } = await openPredictor(join(house.directory, 'models/boosting'))
    assert.ok(output.kind === 'value' && interval !== undefined)
    assert.deepEqual({ ...output.interval, covered: interval.covered }, interval)
    assert.ok(Math.abs(interval.covered - 0.8) < 0.1, String(interval.covered))
    const metrics = house.readJson('metrics/boosting.json') as Record<string, number>
    assert.equal(metrics['interval_covered'], interval.covered)
    assert.match(house.said[1]!, /^boosting: 0\.8 of the rows lie within \S+ of their prediction$/)
    const plain = house.readJson('metrics/linear.json') as Record<string, number>
    assert.ok(!('interval_covered' in plain))
  })

  test('is refused by the gates as a probability is', async () => {
    const parameters = parametersOf({
      train: small,
      promote: { metric: 'r2', min_r2: 0.999, max_rmse: 0.001 },
    })
    await using house = await buildHouse(defineThings('size'), rows(300), parameters)
    await house.make('linear')
    await assert.rejects(house.promote(), {
      code: 'PROMOTION_REFUSED',
      message:
        /an RMSE of \d.*, above the gate of 0.001; 'linear' has an R² of 0.*, below the gate of 0.999/,
    })
  })

  test('that is negative somewhere is no count, and the error names the rows', async () => {
    const train = { boosting: { ...small.boosting, objective: 'poisson' } }
    const parameters = parametersOf({ train, promote: { metric: 'rmse' } })
    await using house = await buildHouse(defineThings('size'), rows(60, -9), parameters)
    await assert.rejects(house.make('boosting'), {
      code: 'TRAINING_INVALID',
      message: /^data\/raw\/things\.parquet, row \d+: 'size' is -\d.*, expected 0 or more; /,
    })
  })

  test('that is missing somewhere is named with its row, in fits and in evaluations', async () => {
    const nullable = { ...defineThings('size') }
    const fields = { ...nullable.schema.fields, size: { type: 'number', nullable: true } as const }
    const changed = { ...nullable, schema: { fields } }
    const csv = rows(60).replace(/^(8,.*),[^,]*,([^,]*)$/m, '$1,,$2')
    await using house = await buildHouse(
      changed,
      csv,
      parametersOf({ promote: { metric: 'rmse' } }),
    )
    const missing = {
      code: 'TRAINING_INVALID',
      message: "data/raw/things.parquet, row 7: 'size' is missing",
    }
    const { parameters } = house.context
    // The row lies in one of the folds: where it is not tested, it is trained on.
    for (const test_fold of [0, 1, 2]) {
      const split = { ...parameters.split, test_fold }
      const context = { ...house.context, parameters: { ...parameters, split } }
      const make = async (): Promise<void> => {
        await trainModel(context, 'linear')
        await evaluate(context, 'linear')
      }
      await assert.rejects(make, missing)
    }
  })

  test('that never changes teaches nothing', async () => {
    const csv = rows(60).replaceAll(/^(\d.*),[^,]*,([^,]*)$/gm, '$1,4,$2')
    await using house = await buildHouse(
      defineThings('size'),
      csv,
      parametersOf({ promote: { metric: 'rmse' } }),
    )
    for (const kind of ['linear', 'boosting'] as const) {
      await assert.rejects(house.make(kind), {
        code: 'TRAINING_INVALID',
        message: /target.* 4|4.*target/,
      })
    }
  })
})

describe('a target of classes', () => {
  for (const target of ['kind', 'shape'] as const) {
    test(`that is a ${target === 'kind' ? 'category' : 'text'} is trained, measured and promoted`, async () => {
      const parameters = parametersOf({
        train: small,
        promote: { metric: 'log_loss', min_accuracy: 0.5 },
      })
      await using house = await buildHouse(defineThings(target), rows(600), parameters)
      await house.make('logistic', 'boosting')
      await house.promote()
      const report = house.readJson('reports/evaluation/boosting.json') as ClassReport
      const classes = target === 'kind' ? [0, 1, 2] : ['round', 'flat', 'long']
      assert.deepEqual(report.classes, classes)
      assert.equal(
        report.confusion.flat().reduce((a, b) => a + b),
        report.rows,
      )
      const hits = report.confusion.reduce((sum, line, k) => sum + line[k]!, 0)
      assertClose(report.metrics['accuracy']!.value, hits / report.rows)
      assert.ok(report.metrics['roc_auc_ovr']!.value > 0.8)
      const { decision } = house.readJson('reports/promotion.json') as Verdict
      assert.equal(decision, 'promoted')
      const predictor = await openPredictor(join(house.directory, 'models/logistic'))
      assert.deepEqual(predictor.output, { kind: 'classes', classes })
      const given = predictor.predict({ rows: 2, columns: 2, values: Float32Array.of(0, 1, 4, -1) })
      assert.equal(given.length, 6)
      for (const kind of ['logistic', 'boosting']) {
        const trained = await openPredictor(join(house.directory, 'models', kind))
        const some = { rows: 2, columns: 2, values: Float32Array.of(0, 1, -1.5, 0.5) }
        assertExplained(trained, some)
      }
      assertClose(
        given.slice(0, 3).reduce((a, b) => a + b),
        1,
        1e-6,
      )
    })
  }

  test('of which one has no training row names it', async () => {
    const csv = rows(300).replaceAll(/long/g, 'flat')
    await using house = await buildHouse(
      defineThings('shape'),
      csv,
      parametersOf({ promote: { metric: 'log_loss' } }),
    )
    await assert.rejects(house.make('boosting'), {
      code: 'TRAINING_INVALID',
      message: "no training row has the class 'long' of 'shape'",
    })
  })

  test('that the schema does not know is refused with its place when features are made', async () => {
    const csv = rows(30).replace(/round/, 'oval')
    await assert.rejects(
      buildHouse(defineThings('shape'), csv, parametersOf({ promote: { metric: 'log_loss' } })),
      { code: 'DATA_CELL_INVALID', message: /row \d+: 'shape' is 'oval', expected one of 'round'/ },
    )
  })
})

describe('a target of two texts of which one is positive', () => {
  const define = (positive: string): Project => {
    const { name, schema, features, sources, citation } = defineThings('shape')
    const shape = { type: 'text', levels: ['flat', 'round'] } as const
    const changed: Schema = defineSchema({ ...schema.fields, shape })
    return defineProject({
      name,
      schema: changed,
      key: 'id',
      target: 'shape',
      positive,
      features,
      sources,
      citation,
    })
  }
  const csv = rows(300).replaceAll(/(round|flat|long)(?=,(true|false))/g, (_, _shape, isLarge) =>
    isLarge === 'true' ? 'round' : 'flat',
  )
  const parameters = parametersOf({ train: small, promote: { metric: 'roc_auc' } })

  test('gives and measures what a boolean that is true there does, and says which one it is', async () => {
    await using text = await buildHouse(define('round'), csv, parameters)
    await using boolean = await buildHouse(defineThings('is_large'), csv, parameters)
    for (const house of [text, boolean]) {
      await house.make('boosting')
      await house.promote()
    }
    assert.deepEqual(
      text.readJson('metrics/boosting.json'),
      boolean.readJson('metrics/boosting.json'),
    )
    const [given, expected] = await Promise.all(
      [text, boolean].map(async ({ directory }) =>
        openPredictor(join(directory, 'models/boosting')),
      ),
    )
    assert.equal(given!.digest, expected!.digest)
    // Nine digits tell 32-bit floats apart; as a double one has up to twice as many.
    assert.ok(String(given!.example['a']).length <= 12, String(given!.example['a']))
    assert.deepEqual(given!.output, { kind: 'probability', classes: ['flat', 'round'] })
    assert.deepEqual(expected!.output, { kind: 'probability' })
  })

  test('is not held against a model of the other one', async () => {
    await using house = await buildHouse(define('round'), csv, parameters)
    await house.make('logistic')
    await assert.rejects(evaluate({ ...house.context, project: define('flat') }, 'logistic'), {
      code: 'MODEL_INVALID',
      message: /gives the probability of 'round', .* asks for the probability of 'flat'/,
    })
  })
})

for (const target of ['size', 'shape'] as const) {
  test(`a network learns ${target} too`, async () => {
    const train = {
      neural: { hidden_layers: 1, hidden_units: 16, max_epochs: 25, learning_rate: 0.02 },
    }
    const promote = { metric: target === 'size' ? 'mae' : 'accuracy' }
    await using house = await buildHouse(
      defineThings(target),
      rows(300),
      parametersOf({ train, promote }),
    )
    await house.make('neural')
    await house.promote()
    const metrics = house.readJson('metrics/neural.json') as Record<string, number>
    assert.ok((metrics['r2'] ?? metrics['accuracy']!) > 0.7, JSON.stringify(metrics))
  })
}

describe('weights', () => {
  test('change what is fitted and what is measured', async () => {
    const promote = { metric: 'rmse' }
    const parameters = parametersOf({ train: { linear: { l2: 1 } }, promote })
    await using weighted = await buildHouse(defineThings('size', 'weight'), rows(400), parameters)
    await weighted.make('linear')
    const { metrics } = weighted.readJson('reports/evaluation/linear.json') as ValueReport
    await using plain = await buildHouse(defineThings('size'), rows(400), parameters)
    await plain.make('linear')
    const unweighted = plain.readJson('reports/evaluation/linear.json') as ValueReport
    assert.notEqual(metrics['rmse']!.value, unweighted.metrics['rmse']!.value)
  })

  for (const target of ['is_large', 'shape'] as const) {
    test(`count in every metric of ${target}, and in the comparison with the champion`, async () => {
      const metric = target === 'shape' ? 'accuracy' : 'roc_auc'
      const parameters = parametersOf({
        train: small,
        evaluate: { slices: { b: 2 } },
        promote: { metric },
      })
      await using house = await buildHouse(defineThings(target, 'weight'), rows(500), parameters)
      await house.make('logistic')
      await house.promote()
      await house.make('boosting')
      await house.promote()
      const verdict = house.readJson('reports/promotion.json') as Verdict
      assert.equal(verdict.challenger.kind, 'boosting')
      assert.ok(verdict.comparison!.slices!.length === 2)
    })
  }

  test('count in the fit of a network, as in its metrics', async () => {
    const parameters = parametersOf({
      train: { neural: { hidden_units: 8, max_epochs: 20, learning_rate: 0.02, interval: 0.8 } },
      promote: { metric: 'rmse' },
    })
    await using weighted = await buildHouse(defineThings('size', 'weight'), rows(300), parameters)
    await using alike = await buildHouse(defineThings('size'), rows(300), parameters)
    const [a, b] = [weighted, alike].map(async (house) => {
      await house.make('neural')
      return house.readJson('metrics/neural.json') as Record<string, number>
    })
    assert.ok((await a)!['r2']! > 0.5)
    assert.notDeepEqual(await a, await b)
  })
})

test('a model that gives something else than the project predicts is not evaluated', async () => {
  const parameters = parametersOf({ train: small, promote: { metric: 'rmse' } })
  await using house = await buildHouse(defineThings('size'), rows(100), parameters)
  await house.make('linear')
  const changed = {
    ...house.context,
    project: defineThings('is_large'),
    parameters: {
      ...house.context.parameters,
      promote: { ...house.context.parameters.promote, metric: 'roc_auc' as const },
    },
  }
  await assert.rejects(evaluate(changed, 'linear'), {
    code: 'MODEL_INVALID',
    message:
      /models\/linear gives a value, but the target 'is_large' of project.ts asks for the probability of class 1/,
  })
})

/** The softmax of base and contributions is what the model gives. */
function assertExplained(predictor: Predictor, x: Matrix): void {
  assert.throws(() => predictor.explain!(x), {
    code: 'EXPLANATION_UNSUPPORTED',
    hint: /explainClasses/,
  })
  const told = predictor.explainClasses!(x)
  const given = predictor.predict(x)
  for (let r = 0; r < x.rows; r++) {
    const scores = told.map(({ score, base, columns, values }) => {
      assert.equal(score, 'log')
      const own = values.subarray(r * columns.length, (r + 1) * columns.length)
      return Math.exp(own.reduce((sum, value) => sum + value, base))
    })
    const total = scores.reduce((a, b) => a + b)
    for (const [k, score] of scores.entries()) {
      assertClose(given[r * told.length + k]!, score / total, 2e-6)
    }
  }
}

/** Things whose size is no straight line of a, and whose kind is told by a and b. */
function rows(count: number, least = 10): string {
  const random = createRandom(5)
  const shapes = ['round', 'flat', 'long']
  const lines = Array.from({ length: count }, (_, id) => {
    const [a, b] = [4 * random.next() - 2, 4 * random.next() - 2]
    const size = least + a * a + b + 0.5 * random.next()
    const kind = a + 0.3 * random.next() > 0.6 ? 2 : b + 0.3 * random.next() > 0 ? 1 : 0
    const isLarge = size > least + 1.5
    return [id + 1, a, b, kind, shapes[kind], isLarge, size, id % 3].join(',')
  })
  return `id,a,b,kind,shape,is_large,size,weight\n${lines.join('\n')}\n`
}
