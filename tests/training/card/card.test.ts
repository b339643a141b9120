import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Predictor } from '../../../src/core/predictor.ts'
import { createRandom } from '../../../src/core/random.ts'
import { ToolkitError } from '../../../src/core/errors.ts'
import { openPredictor } from '../../../src/model/index.ts'
import { readCardEvaluation } from '../../../src/training/card/card-evaluation.ts'
import { explainForCard } from '../../../src/training/card/card-explanations.ts'
import { renderModelCardPage } from '../../../src/training/card/card-page.ts'
import { isModelCard } from '../../../src/training/card/model-card.ts'
import { rocAucScore } from '../../../src/training/metrics/index.ts'
import { drawRows, trainSmallModel } from '../../serving/trained-model.ts'
import { drawCard } from './draw-card.ts'

const aucMetric = { name: 'roc_auc', isLoss: false, measure: rocAucOf }

function rocAucOf(y: Float64Array, p: Float64Array): number {
  return rocAucScore(y, p)
}

describe('explanations of a card', () => {
  test('put the columns that made the target first, and are the same each time', async () => {
    await using trained = await trainSmallModel('boosting')
    const predictor = await openPredictor(trained.directory)
    const data = drawData(predictor, 700)
    const explain = () => explainForCard(predictor, data, { metric: aucMetric, seed: 1 })
    const told = explain()
    assert.deepEqual(explain(), told)
    assert.equal(told.rows, 400)
    assert.equal(told.score, 'log-odds')
    assert.equal(told.unexplained, null)
    assert.deepEqual(
      new Set(told.columns.map(({ column }) => column)),
      new Set(Object.keys(predictor.inputs)),
    )
    assert.deepEqual(
      told.columns
        .slice(0, 2)
        .map(({ column }) => column)
        .sort(),
      ['late', 'status'],
    )
    const late = told.columns.find(({ column }) => column === 'late')!
    assert.ok(late.importance! > 0.02 && late.mean_absolute_contribution! > 0.2)
    const dependence = told.dependence.find(({ column }) => column === 'late')!
    assert.deepEqual([dependence.kind, dependence.values], ['category', [0, 1]])
    assert.ok(dependence.mean[1]! > dependence.mean[0]!)
  })

  test('are the same when each column is shuffled among cells that are computed anew', async () => {
    for (const kind of ['boosting', 'logistic'] as const) {
      await using trained = await trainSmallModel(kind)
      const predictor = await openPredictor(trained.directory)
      const data = drawData(predictor, 200)
      const { vary, ...all } = predictor
      assert.ok(vary !== undefined)
      const [told, plain] = [predictor, all].map((each) =>
        explainForCard(each, data, { metric: aucMetric, seed: 1 }),
      )
      assert.deepEqual(told, plain)
    }
  })

  test('tell no dependence on a column that is missing in every row', async () => {
    await using trained = await trainSmallModel('boosting')
    const predictor = await openPredictor(trained.directory)
    const { x, y } = drawData(predictor, 300)
    const column = Object.values(predictor.inputs).findIndex(({ type }) => type === 'number')
    for (let row = 0; row < x.rows; row++) x.values[row * x.columns + column] = Number.NaN
    const told = explainForCard(predictor, { x, y }, { metric: aucMetric, seed: 1 })
    const name = Object.keys(predictor.inputs)[column]
    assert.ok(told.columns.some((one) => one.column === name))
    assert.ok(!told.dependence.some((one) => one.column === name) && told.dependence.length > 0)
  })

  test('of a model that cannot be explained are importances, with the reason', async () => {
    await using trained = await trainSmallModel('logistic')
    const predictor = await openPredictor(trained.directory)
    const opaque: Predictor = {
      ...predictor,
      explain: () => {
        throw new ToolkitError('EXPLANATION_UNSUPPORTED', 'it is a network')
      },
    }
    const told = explainForCard(opaque, drawData(predictor, 300), { metric: aucMetric, seed: 1 })
    assert.deepEqual([told.score, told.base, told.unexplained], [null, null, 'it is a network'])
    assert.ok(told.columns.every(({ mean_absolute_contribution: none }) => none === null))
    const importances = told.columns.map(({ importance }) => importance!)
    assert.deepEqual(
      importances,
      importances.toSorted((a, b) => b - a),
    )
    const page = renderModelCardPage(drawCard({ explanations: told }), 'loans')
    assert.match(page, /the probability of <[^>]+>defaulted/)
    const model = {
      ...drawCard().model,
      output: { kind: 'probability', classes: ['yes', '<no>'] },
    } as const
    const ofTwo = renderModelCardPage(drawCard({ model }), 'loans')
    assert.match(ofTwo, /the probability that <[^>]+>defaulted<\/\w+>\s+is\s+&#60;no&#62;/)
    assert.match(page, /importance only.*it is a network/s)
  })

  test('look at both classes, however rare one is', () => {
    const y = new Float64Array(5000)
    y[4321] = 1
    const x = { rows: 5000, columns: 1, values: new Float32Array(5000).fill(1) }
    const seen: number[] = []
    const predictor: Predictor = {
      name: 'm',
      inputs: { a: { type: 'number' } },
      example: { a: 1 },
      digest: '',
      output: { kind: 'probability' },
      predict: ({ rows }) => new Float32Array(rows).fill(0.5),
    }
    const measure = (target: Float64Array): number => {
      seen.push(target.reduce((sum, value) => sum + value, 0))
      return 0
    }
    explainForCard(predictor, { x, y }, { metric: { name: 'm', isLoss: true, measure }, seed: 1 })
    assert.ok(seen.length > 0 && seen.every((positives) => positives === 1))
  })

  test('look at rows as often as they weigh, the rarest that weighs anything too', () => {
    const rows = 5000
    const x = {
      rows,
      columns: 1,
      values: Float32Array.from({ length: rows }, (_, row) => row % 4),
    }
    const y = Float64Array.from(x.values, (value) => Number(value === 3))
    // Of class 0 the cells 0, 1 and 2 weigh 0, 2 and 6; class 1 weighs next to nothing.
    const weights = Float64Array.from(x.values, (value) => [0, 2, 6, 1e-6][value]!)
    const seen: number[][] = []
    const predictor: Predictor = {
      name: 'm',
      inputs: { a: { type: 'number' } },
      example: { a: 1 },
      digest: '',
      output: { kind: 'probability' },
      predict: ({ values }) => {
        const counts = [0, 1, 2, 3].map((cell) => values.filter((value) => value === cell).length)
        if (values.length === 400) seen.push(counts)
        return new Float32Array(values.length).fill(0.5)
      },
    }
    const metric = { name: 'm', isLoss: true, measure: () => 0 }
    explainForCard(predictor, { x, y, weights }, { metric, seed: 1 })
    assert.ok(seen.length > 0)
    for (const counts of seen) assert.deepEqual(counts, [0, 100, 299, 1])
    const even = weights.map(() => 7)
    seen.length = 0
    explainForCard(predictor, { x, y, weights: even }, { metric, seed: 1 })
    assert.deepEqual(
      seen[0]!.map((count) => Math.round(count / 10)),
      [10, 10, 10, 10],
    )
  })
})

describe('the limits of a card', () => {
  test('name groups that were not measured, that are ranked worse, and that differ', () => {
    const { limits } = drawCard()
    assert.ok(limits.includes('Not measured for sex=1 (10 rows, fewer than 100).'))
    assert.ok(
      limits.some((limit) => /worse than elsewhere for sex=0: AUC at most 0.74/.test(limit)),
    )
    const differences = limits.filter((limit) => limit.startsWith('Between groups of sex'))
    assert.deepEqual(differences, [
      'Between groups of sex, the demographic parity difference at the threshold 0.5 is 20 %.',
    ])
  })

  test('name groups that are worse by the metric of numbers, or of classes', () => {
    const judged = (metric: string, all: number, own: number): readonly string[] => {
      const of = (value: number) => ({
        [metric]: { value, lower: value - 0.01, upper: value + 0.01 },
      })
      const { limits } = drawCard({
        evaluation: {
          rows: 200,
          confidence_level: 0.95,
          metrics: of(all),
          slices: [{ column: 'sex', slice: 'sex=0', rows: 190, metrics: of(own) }],
          fairness: { sex: { accuracy_difference: 0.2, rmse_group_max: 3 } },
        },
      })
      return limits.filter((limit) => /elsewhere|Between/.test(limit))
    }
    const apart = 'Between groups of sex, the accuracy difference is 20 %.'
    assert.deepEqual(judged('rmse', 0.5, 0.7), [
      'Errs more than elsewhere for sex=0: RMSE at least 0.69, elsewhere at most 0.51.',
      apart,
    ])
    assert.deepEqual(judged('accuracy', 0.7, 0.5), [
      'Is right less often than elsewhere for sex=0: accuracy at most 0.51, elsewhere at least 0.69.',
      apart,
    ])
    for (const metric of ['rmse', 'accuracy', 'mae']) {
      assert.deepEqual(judged(metric, 0.5, 0.51), [apart])
    }
  })

  test('name expectations that did not hold, and what was not done at all', () => {
    const { data } = drawCard()
    const validation = {
      success: false,
      evaluated_expectations: 80,
      successful_expectations: 78,
      highest_failing_severity: 'warning',
    }
    const failed = drawCard({ data: { ...data, validation } }).limits
    assert.ok(
      failed.includes('Of the 80 expectations on the data, 2 did not hold (at worst warning).'),
    )
    const bare = drawCard({ data: { ...data, validation: null }, evaluation: null }).limits
    assert.ok(bare.includes('The data was not validated.'))
    assert.ok(bare.some((limit) => limit.startsWith('No evaluation was found')))
  })
})

describe('the page of a card', () => {
  const parts = [
    'Model card',
    'loans, version 3',
    'Promoted',
    'Quality',
    '0.7500 to 0.8500',
    'Calibration',
    'Groups',
    'not measured: 10 rows',
    'Fairness',
    'demographic parity difference',
    'age &#38; sex',
    'What the predictions rest on',
    'Limits',
    'an integer of at least 18',
    'CC0',
    'rounds',
    'r1',
  ]

  test('has every part, runs nothing and fetches nothing', () => {
    const page = renderModelCardPage(drawCard(), 'loans, version 3')
    for (const part of parts) {
      assert.ok(page.includes(part), part)
    }
    assert.doesNotMatch(bodyOf(page), /<script|src=|href=|NaN|undefined/)
  })

  test('shows each class of several against the rest, and nothing of what is none', () => {
    const measured = { value: 0.5, lower: 0.25, upper: 0.75 }
    const evaluation = readCardEvaluation({
      rows: 90,
      confidence_level: 0.9,
      metrics: { accuracy: measured },
      by_class: [
        { class: '<b>oak</b>', rows: 60, metrics: { precision: measured, roc_auc: measured } },
        { class: 7, rows: 30, metrics: { precision: measured, recall: 'high' } },
        { class: null, rows: 1, metrics: {} },
        { class: 'ash', rows: '1', metrics: {} },
        { class: 'elm', rows: 1 },
        'beech',
      ],
    })!
    assert.deepEqual(
      evaluation.classes!.map(({ name, rows, metrics }) => [name, rows, Object.keys(metrics)]),
      [
        ['<b>oak</b>', 60, ['precision', 'roc_auc']],
        ['7', 30, ['precision']],
      ],
    )
    const page = bodyOf(renderModelCardPage(drawCard({ evaluation }), 'trees'))
    assert.match(page, /<h2>Classes<\/h2>[^]*&#60;b&#62;oak[^]*0\.5000[^]*0\.2500 to 0\.7500/)
    assert.match(page, /<h2>Classes<\/h2>[^]*roc auc/)
    assert.doesNotMatch(bodyOf(renderModelCardPage(drawCard(), '')), /Classes/)
  })

  test('says that a model was promoted by force', () => {
    const decision = {
      decision: 'promoted',
      reason: 'the committee said so',
      isForced: true,
    } as const
    const page = renderModelCardPage(drawCard({ decision }), '')
    assert.match(bodyOf(page), /class="verdict warn">[^]*Promoted by force/)
  })

  test('of a card with nothing in it says so', () => {
    const page = renderModelCardPage(
      drawCard({
        decision: null,
        evaluation: null,
        calibration: [],
        parameters: {},
        lineage: {},
        explanations: {
          ...drawCard().explanations,
          columns: [],
          dependence: [],
        },
      }),
      '',
    )
    assert.match(page, /No evaluation was found/)
    assert.doesNotMatch(bodyOf(page), /NaN|undefined|Infinity/)
  })

  test('shows hostile names as they are, and stays small', () => {
    const hostile = '<img src=x onerror=alert(1)>\u202e"\''
    const inputs = Object.fromEntries(
      Array.from({ length: 5000 }, (_, i) => [`${hostile}${i}`, { type: 'number' } as const]),
    )
    const columns = Object.keys(inputs).map((column) => ({
      column,
      mean_absolute_contribution: 1,
      importance: 1,
      importance_standard_deviation: 1,
    }))
    const { model, explanations } = drawCard()
    const page = renderModelCardPage(
      drawCard({
        model: { ...model, inputs, target: hostile },
        explanations: { ...explanations, columns },
        decision: { decision: hostile, reason: hostile },
      }),
      hostile,
    )
    assert.doesNotMatch(page, /<img/)
    assert.ok(page.length < 300_000, String(page.length))
  })
})

test('of an evaluation report that part is read which a card tells, whatever else is in it', () => {
  const report = {
    rows: 10,
    positive_share: 0.5,
    confidence_level: 0.95,
    threshold: 0.5,
    metrics: { auc: { value: 1, lower: 0, upper: 1, more: 'x' }, odd: 3 },
    slices: [{ column: 'a', slice: 'a=1', rows: 2, skipped: 'few' }, 7, { column: 1 }],
    fairness: { a: { gap: 0.1, groups: [] }, b: null },
    costs: {},
  }
  assert.deepEqual(readCardEvaluation(report), {
    rows: 10,
    positive_share: 0.5,
    confidence_level: 0.95,
    threshold: 0.5,
    metrics: { auc: { value: 1, lower: 0, upper: 1 } },
    slices: [{ column: 'a', slice: 'a=1', rows: 2, skipped: 'few' }],
    fairness: { a: { gap: 0.1 }, b: {} },
  })
  for (const other of [undefined, null, 3, {}, { ...report, rows: 'ten' }]) {
    assert.equal(readCardEvaluation(other), undefined)
  }
})

test('a card is known by its format and its parts', () => {
  const card = drawCard()
  assert.ok(isModelCard(JSON.parse(JSON.stringify(card))))
  for (const other of [
    null,
    {},
    { ...card, format: 2 },
    { ...card, limits: 'none' },
    { ...card, evaluation: 3 },
  ]) {
    assert.equal(isModelCard(other), false)
  }
})

/** What lies behind the style sheet and its hash. */
function bodyOf(page: string): string {
  return page.slice(page.indexOf('<body>'))
}

function drawData(predictor: Predictor, count: number) {
  const names = Object.keys(predictor.inputs)
  const rows = drawRows(21, count)
  const random = createRandom(22)
  return {
    x: {
      rows: count,
      columns: names.length,
      values: Float32Array.from(
        rows.flatMap((row) => names.map((name) => row[name] ?? Number.NaN)),
      ),
    },
    y: Float64Array.from(rows, (row) =>
      Number((row['late'] ?? 0) + (row['status'] ?? 0) / 3 + random.next() * 2 > 1.6),
    ),
  }
}
