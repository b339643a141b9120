import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { stringify } from 'yaml'
import { parseParameters } from '../../../src/project/parameters/parameters.ts'

/** The project's own numbers without what it tunes. */
const others = readFileSync('params.yaml', 'utf8').replace(/^tune:\n(?: .*\n)*/m, '')

const halving = {
  method: 'halving',
  metric: 'roc_auc',
  trials: 9,
  space: { max_leaves: { integer: [4, 64] } },
}

describe('the section tune of params.yaml', () => {
  test('may be absent', () => assert.equal(parseParameters(others, 'params.yaml').tune, undefined))

  test('is read with its defaults', () => {
    const { tune } = parse({
      metric: 'log_loss',
      trials: 30,
      space: {
        learning_rate: { log_uniform: [0.01, 0.3] },
        max_leaves: { integer: [4, 64] },
        feature_fraction: { choice: [0.5, 1] },
      },
    })
    assert.deepEqual(tune?.['boosting'], {
      method: 'tpe',
      metric: 'log_loss',
      trials: 30,
      seed: 1,
      parallel: 4,
      folds: 999,
      space: {
        learning_rate: { kind: 'log_uniform', min: 0.01, max: 0.3 },
        max_leaves: { kind: 'integer', min: 4, max: 64 },
        feature_fraction: { kind: 'choice', options: [0.5, 1] },
      },
    })
  })

  test('successive halving has its resource', () => {
    const { tune } = parse({ ...halving, halving: { resource: 'rounds', min: 20, max: 200 } })
    assert.deepEqual(tune?.['boosting']?.halving, {
      resource: 'rounds',
      min: 20,
      max: 200,
      reduction: 3,
    })
  })

  test('all problems are told at once, each with its line and what was meant', () => {
    assert.throws(
      () =>
        parse({
          metric: 'auc',
          trials: 0,
          methd: 'tpe',
          space: {
            learning_rat: { uniform: [0.1, 0.2] },
            l2: { log_uniform: [0, 10] },
            max_leaves: { integer: [64, 4] },
          },
        }),
      (error: Error) => {
        const line = others.split('\n').length + 3
        assert.match(error.message, /6 problems/)
        for (const pattern of [
          /'tune\.boosting\.metric' is "auc", expected one of roc_auc, /,
          new RegExp(`params\\.yaml:${line}: 'tune\\.boosting\\.trials' is 0, expected an integer`),
          /there is no parameter 'tune\.boosting\.methd' \(did you mean 'method'\?\)/,
          /there is no parameter 'learning_rat' to tune \(did you mean 'learning_rate'\?\)/,
          /'tune\.boosting\.space\.l2' is log_uniform \[0,10\], expected numbers above 0/,
          /space\.max_leaves' is integer \[64,4\], expected the smaller number first/,
        ]) {
          assert.match(error.message, pattern)
        }
        return true
      },
    )
  })

  for (const [space, message] of [
    [{}, /'tune\.boosting\.space' is empty/],
    [undefined, /'tune\.boosting\.space' is missing/],
    [[], /'tune\.boosting\.space' is \[\], expected a section/],
    [{ l2: 3 }, /space\.l2' is 3, expected one of uniform, log_uniform, /],
    [{ l2: { uniform: [1, 2], integer: [1, 2] } }, /expected one of uniform, log_uniform, /],
    [{ l2: { loguniform: [1, 2] } }, /'loguniform' \(did you mean 'log_uniform'\?\)/],
    [{ l2: { uniform: [1] } }, /is uniform \[1\], expected two numbers/],
    [{ l2: { uniform: [1, 2, 3] } }, /expected two numbers/],
    [{ l2: { uniform: ['1', 2] } }, /expected two numbers/],
    [{ l2: { uniform: [1, 1] } }, /expected the smaller number first/],
    [{ l2: { uniform: [Number.NaN, 1] } }, /expected two numbers/],
    [{ l2: { integer: [0.5, 2] } }, /expected whole numbers/],
    [{ max_leaves: { uniform: [2, 9] } }, /expected integer or log_integer/],
    [{ max_leaves: { integer: [1, 9] } }, /may be: an integer from 2 to 1024/],
    [{ max_leaves: { choice: [8] } }, /expected a list of two values or more/],
    [{ max_leaves: { choice: 8 } }, /expected a list of two values or more/],
    [{ max_leaves: { choice: [8, 8] } }, /expected no value twice/],
    [{ max_leaves: { choice: [8, 'many'] } }, /not "many": an integer from 2 to 1024/],
  ] as const) {
    test(`refuses the space ${JSON.stringify(space)}`, () => {
      assert.throws(() => parse({ metric: 'roc_auc', trials: 3, ...(space && { space }) }), {
        code: 'CONFIG_INVALID',
        message,
      })
    })
  }

  for (const [section, message] of [
    [halving, /'tune\.boosting\.halving' is missing/],
    [{ ...halving, method: 'tpe', halving: {} }, /is given, but the method is not halving/],
    [
      { ...halving, halving: { resource: 'rounds', min: 9 } },
      /'tune\.boosting\.halving\.max' is missing/,
    ],
    [{ ...halving, halving: { resource: 'round', min: 1, max: 9 } }, /did you mean 'rounds'\?/],
    [{ ...halving, halving: { resource: 'l2', min: 1, max: 9 } }, /no parameter 'l2' to halve by/],
    [
      { ...halving, halving: { resource: 'max_leaves', min: 2, max: 9 } },
      /'max_leaves' is the resource, so it cannot be in the space/,
    ],
    [{ ...halving, halving: { resource: 'rounds', min: 9, max: 8 } }, /min' is 9, above its max 8/],
    ['tpe', /'tune\.boosting' is "tpe", expected a section/],
  ] as const) {
    test(`refuses ${JSON.stringify(section)}`, () => {
      assert.throws(() => parse(section), { code: 'CONFIG_INVALID', message })
    })
  }

  test('its own name is what a misspelled one is taken for', () => {
    assert.throws(() => parseParameters(`${others}tuen: {}\n`, 'params.yaml'), {
      message: /there is no parameter 'tuen' \(did you mean 'tune'\?\)/,
    })
  })

  test('garbage is refused as what it is, never with another error', () => {
    const keys = fc.constantFrom(
      'boosting',
      'space',
      'halving',
      'l2',
      'rounds',
      'integer',
      'choice',
    )
    const garbage = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 5, withCrossShrink: true },
        fc.constantFrom(null, 0, 3, -1, 1e300, 'tpe', 'halving', 'roc_auc', '', true, [1, 9]),
        fc.dictionary(keys, tie('value'), { noNullPrototype: true }),
        fc.array(tie('value'), { maxLength: 3 }),
      ),
    })).value
    fc.assert(
      fc.property(garbage, fc.dictionary(keys, garbage), (section, more) => {
        const boosting = { ...halving, ...more, halving: section }
        for (const tune of [section, { boosting: section }, { boosting }]) {
          try {
            parseParameters(others + stringify({ tune }), 'params.yaml')
          } catch (error) {
            assert.equal((error as { code?: string }).code, 'CONFIG_INVALID', String(error))
          }
        }
      }),
    )
  })

  test('a section of a stage is left to dvc.yaml', () => {
    const section = '{metric: metrics.json:auc, direction: maximize, trials: many}'
    const { tune } = parseParameters(
      `${others}tune: {boosting: ${section}, other: ${section}}`,
      'p',
    )
    assert.deepEqual(tune, {})
  })

  test('a model that is none is named, with the nearest', () => {
    const text = `${others}tune: {bosting: {}}\n`
    assert.throws(() => parseParameters(text, 'params.yaml'), /did you mean 'boosting'\?/)
    assert.throws(() => parseParameters(`${others}tune: 3\n`, 'params.yaml'), /'tune' is 3/)
  })
})

function parse(boosting: unknown): ReturnType<typeof parseParameters> {
  return parseParameters(others + stringify({ tune: { boosting } }), 'params.yaml')
}
