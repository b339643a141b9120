import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { defineSchema, type Field, type Schema } from '../../src/core/schema.ts'
import {
  checkKind,
  checkParameters,
  kindsFor,
} from '../../src/project/parameters/check-parameters.ts'
import { defineProject, type Project } from '../../src/project/definition/define-project.ts'
import { parseParameters } from '../../src/project/parameters/parameters.ts'
import { parametersOf } from './target-house.ts'

describe('the target of a project', () => {
  const predicted: readonly [string, Field, Project['output']][] = [
    ['a boolean', { type: 'boolean' }, { kind: 'probability' }],
    ['an integer', { type: 'integer' }, { kind: 'value' }],
    ['a number', { type: 'number', min: 0 }, { kind: 'value' }],
    ['a category', { type: 'category', levels: [5, 3] }, { kind: 'classes', classes: [5, 3] }],
    [
      'a text with levels',
      { type: 'text', levels: ['a', 'b', 'c'] },
      { kind: 'classes', classes: ['a', 'b', 'c'] },
    ],
  ]
  for (const [what, field, output] of predicted) {
    test(`that is ${what} says what models give`, () =>
      assert.deepEqual(define(field).output, output))
  }

  const refused: readonly [string, Field, RegExp][] = [
    ['a date', { type: 'date' }, /the target 'y' is a date/],
    ['any text', { type: 'text' }, /the target 'y' is a text without levels/],
    [
      'a category of one level',
      { type: 'category', levels: [1] },
      /the target 'y' is a category of one level/,
    ],
    [
      'a text with a level twice',
      { type: 'text', levels: ['a', 'a'] },
      /a level of the target 'y' is there twice/,
    ],
  ]
  for (const [what, field, message] of refused) {
    test(`that is ${what} is refused`, () => {
      assert.throws(() => define(field), { code: 'CONFIG_INVALID', message })
    })
  }

  test('of two levels of which one is positive is its probability, which a mean can be learnt of', () => {
    const learned = {
      m: { kind: 'targetMean', operand: { kind: 'numberColumn', name: 'x' }, smoothing: 1 },
    } as const
    const text = define({ type: 'text', levels: ['yes', 'no'] }, { positive: 'yes', learned })
    assert.deepEqual(text.output, { kind: 'probability', classes: ['no', 'yes'] })
    const code = define({ type: 'category', levels: [2, 1] }, { positive: 1 })
    assert.deepEqual(code.output, { kind: 'probability', classes: [2, 1] })
  })

  const others: readonly [string | number, Field][] = [
    ['maybe', { type: 'text', levels: ['yes', 'no'] }],
    ['1', { type: 'category', levels: [1, 2] }],
    ['a', { type: 'text', levels: ['a', 'b', 'c'] }],
    ['yes', { type: 'text', levels: ['yes', 'yes'] }],
    ['yes', { type: 'boolean' }],
    [1, { type: 'integer' }],
  ]
  for (const [positive, field] of others) {
    test(`that is ${JSON.stringify(field)} is refused where ${JSON.stringify(positive)} is positive`, () => {
      assert.throws(() => define(field, { positive }), {
        code: 'CONFIG_INVALID',
        message: /positive is .*, which is not one of two levels of the target 'y'/,
      })
    })
  }

  test('of classes has no mean to be learnt, which is said with all other problems', () => {
    assert.throws(
      () =>
        define(
          { type: 'text', levels: ['a', 'b'] },
          {
            learned: {
              m: { kind: 'targetMean', operand: { kind: 'numberColumn', name: 'x' }, smoothing: 1 },
            },
            weight: 'nothing',
          },
        ),
      {
        code: 'CONFIG_INVALID',
        message: /the weight 'nothing' is no column.*'m' is the mean of a target of classes/,
      },
    )
  })
})

describe('the weight of a project', () => {
  for (const [what, field] of Object.entries<Field>({
    'a boolean': { type: 'boolean' },
    'a number of any sign': { type: 'number' },
    'a number that may be missing': { type: 'number', min: 0, nullable: true },
  })) {
    test(`is not ${what}`, () => {
      assert.throws(() => define({ type: 'number' }, { weight: 'w' }, field), {
        code: 'CONFIG_INVALID',
        message: /the weight 'w' may be something else than a number from 0 on/,
      })
    })
  }

  test('is a column of its own', () => {
    assert.throws(() => define({ type: 'number', min: 0 }, { weight: 'y' }), {
      code: 'CONFIG_INVALID',
      message: /'y' is the weight and something else/,
    })
    assert.throws(() => define({ type: 'number' }, { weight: 'x' }), {
      code: 'CONFIG_INVALID',
      message: /the weight 'x' is among the features/,
    })
  })
})

describe('parameters and target', () => {
  const boolean = define({ type: 'boolean' })
  const number = define({ type: 'number' })
  const classes = define({ type: 'category', levels: [1, 2, 3] })
  const weighted = define({ type: 'boolean' }, { weight: 'w' })
  const calibrated = { logistic: { l1: 1, calibration: 'platt' } }

  test('that go together pass', () => {
    checkParameters(
      parameters({ metric: 'roc_auc', test: 'delong', min_roc_auc: 0.7 }, calibrated),
      boolean,
    )
    checkParameters(
      parameters(
        { metric: 'rmse', min_improvement: 20, max_rmse: 3 },
        { boosting: { objective: 'poisson' } },
      ),
      number,
    )
    checkParameters(parameters({ metric: 'roc_auc_ovr', min_accuracy: 0.5 }), classes)
  })

  test('that do not are refused, all at once', () => {
    const wrong = parameters(
      {
        metric: 'roc_auc',
        test: 'delong',
        min_roc_auc: 0.7,
        min_accuracy: 0.1,
        min_improvement: 2,
      },
      calibrated,
    )
    assert.throws(() => checkParameters(wrong, number), {
      code: 'CONFIG_INVALID',
      message:
        "params.yaml does not fit project.ts, where the target 'y' is a number: 'promote.metric' is roc_auc; 'promote.min_improvement' is 2; 'promote.test' is delong; 'promote.min_roc_auc' is 0.7; 'promote.min_accuracy' is 0.1; 'train.logistic.calibration' is platt",
      hint: /decide by rmse, mae, r2; .*; leave 'min_roc_auc' out: max_rmse, min_r2 can be set/,
    })
    assert.throws(
      () => checkParameters(parameters({ metric: 'log_loss' }, calibrated), classes),
      /3 classes: 'train.logistic.l1' is 1$/,
    )
    for (const [project, metric] of [
      [classes, 'log_loss'],
      [boolean, 'roc_auc'],
    ] as const) {
      const asked = parameters({ metric }, { boosting: { interval: 0.9 } })
      assert.throws(() => checkParameters(asked, project), /: 'train.boosting.interval' is 0.9$/)
    }
    assert.throws(
      () =>
        checkParameters(
          parameters({ metric: 'log_loss' }, { boosting: { objective: 'quantile' } }),
          classes,
        ),
      /3 classes: 'train.boosting.objective' is quantile/,
    )
    assert.throws(
      () =>
        checkParameters(parameters({ metric: 'roc_auc', test: 'delong' }, calibrated), weighted),
      /a boolean: 'promote.test' is delong$/,
    )
  })

  test('say which models there are', () => {
    assert.deepEqual(kindsFor(number), ['linear', 'boosting', 'neural'])
    assert.deepEqual(kindsFor(classes), ['logistic', 'boosting', 'neural'])
    checkKind('neural', classes)
    assert.throws(() => checkKind('logistic', number), {
      code: 'CONFIG_INVALID',
      message: "project.ts: the target 'y' is a number, which 'logistic' does not predict",
      hint: 'train linear, boosting, neural',
    })
  })
})

function parameters(promote: object, train: object = {}) {
  return parseParameters(parametersOf({ promote, train }), 'params.yaml')
}

function define(
  y: Field,
  more: Partial<Pick<Project, 'positive' | 'weight' | 'learned'>> = {},
  w: Field = { type: 'number', min: 0 },
): Project {
  const schema: Schema = defineSchema({ id: { type: 'integer' }, x: { type: 'number' }, w, y })
  return defineProject({
    name: 'things',
    schema,
    key: 'id',
    target: 'y',
    features: { x: 'standardize' },
    ...more,
    sources: [{ kind: 'folder', path: 'data', files: ['things.csv'] }],
    citation: { title: 'Things', url: 'https://example.com', licence: 'CC0' },
  })
}
