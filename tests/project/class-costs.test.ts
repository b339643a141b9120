/** What wrong calls of classes cost: from params.yaml to the evaluation, the gate and the verdict. */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { createRandom } from '../../src/core/random.ts'
import { openDatabase } from '../../src/data/duckdb-store.ts'
import { readFeatures } from '../../src/data/read-features.ts'
import { openPredictor } from '../../src/model/index.ts'
import { evaluate } from '../../src/project/evaluate.ts'
import { checkParameters } from '../../src/project/parameters/check-parameters.ts'
import { parseClassCosts } from '../../src/project/parameters/class-costs.ts'
import { layoutOf } from '../../src/project/layout.ts'
import { evaluationDefaults, parseParameters } from '../../src/project/parameters/parameters.ts'
import { promote } from '../../src/project/promote/promote.ts'
import { train } from '../../src/project/train.ts'
import { targetColumnsOf } from '../../src/project/definition/target-output.ts'
import { meanClassCost } from '../../src/training/metrics/index.ts'
import type { ClassReport } from '../../src/training/output-report.ts'
import type { Verdict } from '../../src/training/registry.ts'
import { assertClose } from '../assert-close.ts'
import { buildHouse, defineThings, parametersOf, type House } from './target-house.ts'

const training = {
  boosting: { rounds: 10, learning_rate: 0.3, max_leaves: 6, min_rows_per_leaf: 5 },
}
/** To call long round is dear; what is not named costs 1. */
const costs = { long: { round: 20, flat: 4 } }

describe('evaluate.costs', () => {
  test('decides what is called, what that costs, and who is promoted', async () => {
    await using house = await openCostly({ costs, slices: { b: 2 } }, { metric: 'mean_cost' })
    await house.make('logistic', 'boosting')
    await house.promote()
    const reports = ['logistic', 'boosting'].map(
      (kind) => house.readJson(`reports/evaluation/${kind}.json`) as ClassReport,
    )
    for (const [i, kind] of ['logistic', 'boosting'].entries()) {
      const { costs: told, metrics, slices } = reports[i]!
      assert.deepEqual(told!.of, [
        [0, 1, 1],
        [1, 0, 1],
        [20, 4, 0],
      ])
      const listed = house.readJson(`metrics/${kind}.json`) as Record<string, number>
      assert.equal(listed['mean_cost'], told!.least_expected)
      assert.equal(listed['mean_cost_upper'], metrics['mean_cost']!.upper)
      assertClose(told!.least_expected, await costByHand(house, kind))
      assert.ok(told!.least_expected < told!.most_likely)
      assert.equal(slices.length, 2)
      assert.ok(slices.every(({ metrics: own }) => own!['mean_cost'] !== undefined))
      assert.ok(
        house.said.some((line) => line.startsWith(`${kind}: `) && /, mean_cost \d/.test(line)),
      )
    }
    const cheapest = reports[0]!.costs!.least_expected < reports[1]!.costs!.least_expected ? 0 : 1
    const verdict = house.readJson('reports/promotion.json') as Verdict
    assert.equal(verdict.decision, 'promoted')
    assert.equal(verdict.challenger.kind, ['logistic', 'boosting'][cheapest])
    const { policy } = verdict
    assert.deepEqual(policy.costs, {
      round: { flat: 1, long: 1 },
      flat: { round: 1, long: 1 },
      long: { round: 20, flat: 4 },
    })
    assert.match(
      house.read('reports/promotion.md'),
      /\| costs of calling \| round \| flat \| long \|\n.*\n\| round \| 0 \| 1 \| 1 \|\n\| flat \| 1 \| 0 \| 1 \|\n\| long \| 20 \| 4 \| 0 \|/,
    )
  })

  test('are the champion’s and the challenger’s alike, with a paired test, slices and a limit', async () => {
    const gates = {
      metric: 'mean_cost',
      max_mean_cost: 0.9,
      max_p_value: 0.05,
      max_slice_regression: 0.5,
    }
    await using house = await openCostly({ costs, slices: { b: 2 } }, gates)
    await house.make('boosting')
    await house.promote()
    await house.make('logistic')
    await house.promote()
    const verdict = house.readJson('reports/promotion.json') as Verdict
    assert.equal(verdict.challenger.kind, 'logistic')
    const { comparison } = verdict
    const costOf = (kind: string): number =>
      (house.readJson(`metrics/${kind}.json`) as Record<string, number>)['mean_cost']!
    assertClose(comparison!.improvement, costOf('boosting') - costOf('logistic'), 1e-9)
    assert.equal(comparison!.test, 'bootstrap')
    assert.equal(comparison!.slices!.length, 2)
    assert.deepEqual(
      comparison!.others!.map(({ metric }) => metric),
      ['log_loss', 'accuracy', 'roc_auc_ovr'],
    )
    assert.match(
      house.read('reports/promotion.md'),
      /\| by other metrics \| better by \| p \(bootstrap, one-sided\) \|\n.*\n\| log_loss \| \S+ \[/,
    )
    assert.deepEqual(
      verdict.gates!.map(({ gate }) => gate),
      ['max_mean_cost', 'baseline', 'min_improvement', 'max_p_value', 'max_slice_regression'],
    )
    // Asked again nothing is decided anew; other costs are another question.
    const versions = () => house.context.tracking.listModelVersions('things')
    const before = (await versions()).length
    await house.promote()
    assert.equal((await versions()).length, before)
    const dearer = { ...house.context.parameters.evaluate, costs: { long: { round: 1e6 } } }
    const parameters = { ...house.context.parameters, evaluate: dearer }
    const asked = { ...house.context, parameters }
    await assert.rejects(promote(asked), {
      code: 'MODEL_INVALID',
      message:
        /^models\/(logistic|boosting) calls by the costs .*\[20,4,0\]\], but by params\.yaml it is by .*\[1000000,1,0\]\]$/,
      hint: /'evaluate\.costs' among the 'params' of its stage/,
    })
    for (const kind of ['boosting', 'logistic'] as const) {
      await train(asked, kind)
      await evaluate(asked, kind)
    }
    await promote(asked)
    const again = house.readJson('reports/promotion.json') as Verdict
    assert.equal(again.policy.costs!['long']!['round'], 1e6)
  })

  test('refuse a model that costs too much, champion or not', async () => {
    await using house = await openCostly({ costs }, { metric: 'log_loss', max_mean_cost: 0.01 })
    await house.make('logistic')
    const heard: Verdict[] = []
    await assert.rejects(
      promote(house.context, undefined, (verdict) => heard.push(verdict)),
      {
        code: 'PROMOTION_REFUSED',
        message: /^'logistic' has a mean cost of 0\.\d{4}, above the gate of 0\.01$/,
      },
    )
    // Whoever asked for the verdict has it, whatever it is.
    assert.deepEqual(heard, [house.readJson('reports/promotion.json')])
  })

  test('named after the evaluation are asked for, not guessed', async () => {
    await using house = await openCostly({}, { metric: 'log_loss' })
    await house.make('logistic')
    const { parameters } = house.context
    const changed = {
      ...parameters,
      evaluate: { ...parameters.evaluate, costs },
      promote: { ...parameters.promote, metric: 'mean_cost' as const },
    }
    await assert.rejects(promote({ ...house.context, parameters: changed }), {
      code: 'MODEL_INVALID',
      message:
        /^models\/logistic calls the likeliest class, but by params\.yaml it is by the costs/,
    })
  })

  test('of numbered classes go by their numbers', () => {
    const parameters = parse({ costs: { 2: { 0: 7 } } }, { metric: 'mean_cost' })
    assert.deepEqual(parameters.evaluate.costs, { 2: { 0: 7 } })
    checkParameters(parameters, defineThings('kind'))
  })
})

test('DeLong’s test decides by the areas of classes, and of numbers and weights it says that it cannot', async () => {
  const gates = { metric: 'roc_auc_ovr', test: 'delong', max_p_value: 0.2 }
  await using house = await openCostly({}, gates)
  await house.make('boosting')
  await house.promote()
  await house.make('logistic')
  await house.promote()
  const { comparison, gates: judged } = house.readJson('reports/promotion.json') as Verdict
  assert.equal(comparison!.test, 'delong')
  assert.ok(comparison!.pValue! > 0 && comparison!.pValue! < 0.5)
  assert.ok(
    judged!.some(({ gate, value }) => gate === 'max_p_value' && value === comparison!.pValue),
  )
  assert.throws(() => parse({}, { metric: 'accuracy', test: 'delong' }), {
    message: /'promote\.test' is "delong", which compares roc_auc and roc_auc_ovr alone/,
  })
  for (const [about, asked] of [
    [defineThings('size'), { metric: 'roc_auc_ovr', test: 'delong' }],
    [
      { ...defineThings('shape'), weight: 'a' },
      { metric: 'roc_auc_ovr', test: 'delong' },
    ],
  ] as const) {
    assert.throws(() => checkParameters(parse({}, asked), about), {
      message: /'promote\.test' is delong$/,
    })
  }
})

describe('evaluate.costs that are refused:', () => {
  test('all that are none, each with its line', () => {
    const at = (path: readonly string[]): string => `params.yaml:${path.length}`
    const { problems } = parseClassCosts(
      { round: { flat: -1, long: '3' }, flat: 4, long: { round: 1e10, flat: null } },
      at,
    )
    assert.deepEqual(problems, [
      `params.yaml:4: 'evaluate.costs.round.flat' is -1, expected a number from 0 to 1000000000`,
      `params.yaml:4: 'evaluate.costs.round.long' is "3", expected a number from 0 to 1000000000`,
      `params.yaml:3: 'evaluate.costs.flat' is 4, expected what calling it another costs, by that class`,
      `params.yaml:4: 'evaluate.costs.long.round' is 10000000000, expected a number from 0 to 1000000000`,
      `params.yaml:4: 'evaluate.costs.long.flat' is null, expected a number from 0 to 1000000000`,
    ])
    for (const value of [null, 3, [], 'long']) {
      assert.match(
        parseClassCosts(value, at).problems[0]!,
        /^params\.yaml:2: 'evaluate\.costs' is .*, expected for each class what/,
      )
    }
    assert.throws(() => parse({ costs: { long: { round: -1 } }, thresold: 1 }, { metric: 'x' }), {
      message: /evaluate\.costs\.long\.round[^]*|thresold[^]*promote\.metric/,
    })
  })

  test('classes that there are not, right calls, and what nothing costs, all at once', () => {
    const given = { lang: { round: 3 }, flat: { oval: 2, flat: 1 } }
    assert.throws(
      () =>
        checkParameters(parse({ costs: given }, { metric: 'mean_cost' }), defineThings('shape')),
      {
        code: 'CONFIG_INVALID',
        message:
          /one of 3 classes: 'evaluate\.costs\.lang' is no class of the target; 'evaluate\.costs\.flat\.oval' is no class of the target; 'evaluate\.costs\.flat\.flat' is 1$/,
        hint: /did you mean 'long'\?.*a right call costs nothing/,
      },
    )
    const free = {
      round: { flat: 0, long: 0 },
      flat: { round: 0, long: 0 },
      long: { round: 0, flat: 0 },
    }
    assert.throws(
      () => checkParameters(parse({ costs: free }, { metric: 'accuracy' }), defineThings('shape')),
      {
        message: /'evaluate\.costs' is 0 throughout$/,
      },
    )
  })

  test('where there are no classes', () => {
    for (const [target, metric, hint] of [
      ['size', 'rmse', /leave 'costs' out/],
      ['is_large', 'roc_auc', /take 'false_positive_cost' and 'false_negative_cost'/],
    ] as const) {
      const parameters = parse({ costs }, { metric, max_mean_cost: 1 })
      assert.throws(() => checkParameters(parameters, defineThings(target)), {
        message: /'evaluate\.costs' is given; 'promote\.max_mean_cost' is 1$/,
        hint,
      })
    }
  })

  test('a mean cost that decides, limits or is looked for where none is named', () => {
    const tune = {
      boosting: { trials: 3, metric: 'mean_cost', space: { max_leaves: { choice: [3, 4] } } },
    }
    const text = { ...sections({}, { metric: 'mean_cost', max_mean_cost: 1 }), tune }
    const parameters = parseParameters(JSON.stringify(text), 'params.yaml')
    assert.throws(() => checkParameters(parameters, defineThings('shape')), {
      message:
        /'promote\.metric' is mean_cost; 'promote\.max_mean_cost' is 1; 'tune\.boosting\.metric' is mean_cost$/,
      hint: /name what wrong calls of classes cost below 'evaluate\.costs'/,
    })
    const named = { ...parameters, evaluate: { ...parameters.evaluate, costs } }
    checkParameters(named, defineThings('shape'))
  })
})

describe('numbers of evaluate', () => {
  const given = {
    threshold: 0.4,
    quantile: 0.9,
    false_positive_cost: 2,
    false_negative_cost: 3,
    lift_share: 0.2,
  }

  test('that no metric of the target asks for are refused, all at once', () => {
    const ofBooleans =
      /'evaluate\.threshold' is 0\.4; 'evaluate\.false_positive_cost' is 2; 'evaluate\.false_negative_cost' is 3; 'evaluate\.lift_share' is 0\.2/
    for (const [target, metric, message, hint] of [
      [
        'is_large',
        'roc_auc',
        /: 'evaluate\.quantile' is 0\.9$/,
        /leave 'quantile' out: it is of numbers/,
      ],
      [
        'size',
        'rmse',
        new RegExp(`: ${ofBooleans.source}$`),
        /leave 'lift_share' out: it is of booleans/,
      ],
      [
        'shape',
        'accuracy',
        new RegExp(`: ${ofBooleans.source}; 'evaluate\\.quantile' is 0\\.9$`),
        /leave 'false_negative_cost' out: name what wrong calls of classes cost below 'evaluate\.costs'/,
      ],
    ] as const) {
      assert.throws(() => checkParameters(parse(given, { metric }), defineThings(target)), {
        code: 'CONFIG_INVALID',
        message,
        hint,
      })
    }
  })

  test('that are what they are by default are as good as not given', () => {
    for (const [target, metric] of [
      ['is_large', 'roc_auc'],
      ['size', 'rmse'],
      ['shape', 'accuracy'],
    ] as const) {
      checkParameters(parse(evaluationDefaults, { metric }), defineThings(target))
    }
  })
})

function sections(measured: object, gates: object): object {
  return JSON.parse(parametersOf({ train: training, evaluate: measured, promote: gates })) as object
}

function parse(measured: object, gates: { readonly metric: string } & Record<string, unknown>) {
  return parseParameters(JSON.stringify(sections(measured, gates)), 'params.yaml')
}

function openCostly(measured: object, gates: object): Promise<House> {
  return buildHouse(
    defineThings('shape'),
    csv(500),
    parametersOf({ train: training, evaluate: measured, promote: gates }),
  )
}

async function costByHand(house: House, kind: string): Promise<number> {
  using database = await openDatabase()
  const { x, y } = await readFeatures(
    database,
    join(house.directory, layoutOf('things').features),
    {
      features: ['a', 'b'],
      ...targetColumnsOf(house.context.project),
      testFold: 0,
      part: 'test',
    },
  )
  const predictor = await openPredictor(join(house.directory, 'models', kind))
  const probabilities = { rows: x.rows, columns: 3, values: predictor.predict(x) }
  const table = [
    [0, 1, 1],
    [1, 0, 1],
    [20, 4, 0],
  ]
  return meanClassCost(y, probabilities, { costs: table })
}

/** Shapes that two numbers tell with much doubt, so that costs decide much. */
function csv(count: number): string {
  const random = createRandom(5)
  const lines = Array.from({ length: count }, (_, id) => {
    const [a, b] = [4 * random.next() - 2, 4 * random.next() - 2]
    const kind = a + 3 * random.next() > 2.5 ? 2 : b + 2 * random.next() > 1 ? 1 : 0
    return [id + 1, a, b, kind, ['round', 'flat', 'long'][kind], a > 0, a + b, 1].join(',')
  })
  return `id,a,b,kind,shape,is_large,size,weight\n${lines.join('\n')}\n`
}
