import fc from 'fast-check'
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { defineProject, defineSchema } from '../../src/index.ts'
import {
  findPolicyProblems,
  resolvePolicies,
  type ProjectServing,
} from '../../src/project/definition/field-policies.ts'

const schema = defineSchema({
  id: { type: 'integer' },
  age: { type: 'integer', min: 18, max: 100 },
  debt: { type: 'number', nullable: true, max: 9 },
  town: { type: 'category', levels: [1, 2, 3] },
  late: { type: 'boolean' },
  free: { type: 'number' },
  name: { type: 'text' },
  code: { type: 'text', maxLength: 3 },
  plan: { type: 'text', levels: ['free', 'pro'], maxLength: 9, nullable: true },
  since: { type: 'date', min: '2000-01-01' },
  until: { type: 'date', nullable: true },
  other: { type: 'integer' },
  defaulted: { type: 'boolean' },
})

describe('policies of a project', () => {
  test('all kinds that fit are taken', () => {
    const serving: ProjectServing = {
      fields: {
        age: { missing: 'impute', outOfRange: 'warn', value: 'median' },
        debt: { outOfRange: 'impute' },
        town: { unknownLevel: 'warn', missing: 'impute', value: 2 },
        late: { missing: 'impute', value: true },
        free: { missing: 'reject' },
        name: { missing: 'impute', value: 'Ada' },
        code: { missing: 'impute', tooLong: 'warn', value: 'most-frequent' },
        plan: { unknownLevel: 'impute', value: 'free' },
        since: { missing: 'impute', outOfRange: 'warn', value: '2000-01-01' },
        until: {},
      },
    }
    assert.deepEqual(findProblems(serving), [])
  })

  for (const [name, fields, expected] of [
    ['no column', { agee: {} }, /^serving: 'agee' is no column$/],
    ['the key', { id: { missing: 'impute', value: 1 } }, /^serving: 'id' is no input of a model$/],
    ['the target', { defaulted: {} }, /no input of a model/],
    ['a column of no feature', { other: {} }, /^serving: 'other' is no input of a model$/],
    [
      'a text of any length that is too long',
      { name: { tooLong: 'warn' } },
      /tooLong cannot happen, for it is a text$/,
    ],
    [
      'a text with levels that is too long',
      { plan: { tooLong: 'warn' } },
      /tooLong cannot happen, for it is one of 'free', 'pro'$/,
    ],
    [
      'a level of a text without levels',
      { code: { unknownLevel: 'warn' } },
      /unknownLevel cannot happen, for it is a text of at most 3 characters$/,
    ],
    ['a range of a text', { code: { outOfRange: 'warn' } }, /outOfRange cannot happen/],
    [
      'a range of a date without bounds',
      { until: { outOfRange: 'warn' } },
      /outOfRange cannot happen, for it is a date such as 2025-03-31$/,
    ],
    [
      'a missing date where it may be',
      { until: { missing: 'impute' } },
      /missing cannot happen, for it may be missing$/,
    ],
    [
      'the median of texts',
      { name: { missing: 'impute', value: 'median' } },
      /a text has no median$/,
    ],
    [
      'a number in a text',
      { name: { missing: 'impute', value: 7 } },
      /the value is 7, expected a text or 'most-frequent'$/,
    ],
    [
      'white space in a text',
      { name: { missing: 'impute', value: ' ' } },
      /the value is " ", expected a text, not a missing value$/,
    ],
    [
      'a truth in a text',
      { name: { missing: 'impute', value: true } },
      /the value is true, expected a text or 'most-frequent'$/,
    ],
    [
      'a text that is too long itself',
      { code: { tooLong: 'impute', value: 'long' } },
      /the value is "long", expected a text of at most 3 characters$/,
    ],
    [
      'no level of a text',
      { plan: { unknownLevel: 'impute', value: 'gold' } },
      /the value is "gold", expected one of 'free', 'pro'$/,
    ],
    [
      'days in a date',
      { since: { missing: 'impute', value: 11_000 } },
      /the value is 11000, expected a day such as 2025-03-31, 'median' or 'most-frequent'$/,
    ],
    [
      'no day of the calendar',
      { since: { missing: 'impute', value: '2025-02-30' } },
      /the value is "2025-02-30", expected a date such as 2025-03-31 of at least 2000-01-01$/,
    ],
    ['another policy', { age: { outofrange: 'warn' } }, /there is no 'outofrange'$/],
    [
      'another action',
      { age: { outOfRange: 'drop' } },
      /outOfRange is "drop", expected one of reject, impute, warn$/,
    ],
    [
      'a warning of nothing',
      { age: { missing: 'warn' } },
      /missing is "warn", expected one of reject, impute$/,
    ],
    [
      'missing where it may be',
      { debt: { missing: 'impute' } },
      /missing cannot happen, for it may be missing$/,
    ],
    [
      'a level of a number',
      { age: { unknownLevel: 'warn' } },
      /unknownLevel cannot happen, for it is an integer from 18 to 100$/,
    ],
    [
      'a range of a category',
      { town: { outOfRange: 'warn' } },
      /outOfRange cannot happen, for it is one of 1, 2, 3$/,
    ],
    ['a range of a boolean', { late: { outOfRange: 'warn' } }, /outOfRange cannot happen/],
    [
      'a range without bounds',
      { free: { outOfRange: 'warn' } },
      /outOfRange cannot happen, for it is a number$/,
    ],
    ['nothing to impute', { age: { missing: 'impute' } }, /what is imputed is not said$/],
    [
      'a value for nothing',
      { age: { outOfRange: 'warn', value: 20 } },
      /a value, and nothing is imputed$/,
    ],
    [
      'a value that does not fit',
      { age: { missing: 'impute', value: 17 } },
      /the value is 17, expected an integer from 18 to 100$/,
    ],
    [
      'a missing value',
      { age: { missing: 'impute', value: Number.NaN } },
      /the value is null, expected .* not a missing value$/,
    ],
    [
      'a text as value',
      { age: { missing: 'impute', value: 'mean' } },
      /the value is "mean", expected a number, 'median' or 'most-frequent'$/,
    ],
    [
      'the median of categories',
      { town: { missing: 'impute', value: 'median' } },
      /a category has no median$/,
    ],
  ] as const) {
    test(`${name} is one problem`, () => {
      // Wrong on purpose, as in a project that nobody compiled.
      const problems = findProblems({ fields } as unknown as ProjectServing)
      assert.equal(problems.length, 1, problems.join('; '))
      assert.match(problems[0]!, expected)
    })
  }

  test('defineProject names all problems at once, and the compiler knows the columns', () => {
    const define = (): unknown =>
      defineProject({
        name: 'loans',
        schema,
        key: 'id',
        target: 'defaulted',
        features: { age: 'standardize' },
        sources: [],
        citation: { title: '', url: '', licence: '' },
        // @ts-expect-error -- there is no such column
        serving: { fields: { agee: { missing: 'impute' }, age: { missing: 'impute' } } },
      })
    assert.throws(define, {
      code: 'CONFIG_INVALID',
      message: /'agee' is no column; serving: 'age': what is imputed is not said$/,
    })
    assert.deepEqual(findProblems({ field: {} } as unknown as ProjectServing), [
      "serving: there is no 'field'",
    ])
  })
})

describe('resolvePolicies', () => {
  const inputs = {
    age: { type: 'integer' },
    town: { type: 'category', levels: [1, 2, 3] },
  } as const
  const policies: ProjectServing = {
    fields: {
      age: { missing: 'impute', outOfRange: 'reject', value: 'median' },
      town: { unknownLevel: 'impute', value: 'most-frequent' },
    },
  }

  test('takes the lower middle and the smallest of the most frequent, past missing values', () => {
    // Ages 20, 30, 40, 50: the lower of the middle two is 30. Towns 3, 1, 3, 1, 2: 1 before 3.
    const values = Float32Array.of(40, 3, 20, 1, NaN, 3, 50, 1, 30, 2)
    assert.deepEqual(resolvePolicies(policies, inputs, { rows: 5, columns: 2, values }), {
      age: { missing: 'impute', value: 30 },
      town: { unknownLevel: 'impute', value: 1 },
    })
  })

  test('of dates and texts they are days and texts', () => {
    const coded = {
      since: { type: 'date' },
      town: { type: 'text', known: ['Bonn', 'Ulm'] },
      late: { type: 'boolean' },
    } as const
    // Days 0, 31, 59 of 1970; Ulm twice.
    const values = Float32Array.of(59, 1, 0, 0, NaN, 1, 31, 0, 1, NaN, 1, 0)
    const serving: ProjectServing = {
      fields: {
        since: { missing: 'impute', value: 'median' },
        town: { missing: 'impute', value: 'most-frequent' },
        late: { missing: 'impute', value: true },
      },
    }
    assert.deepEqual(resolvePolicies(serving, coded, { rows: 4, columns: 3, values }), {
      since: { missing: 'impute', value: '1970-02-01' },
      town: { missing: 'impute', value: 'Ulm' },
      late: { missing: 'impute', value: 1 },
    })
  })

  test('says nothing where nothing is let through', () => {
    const rows = { rows: 1, columns: 2, values: Float32Array.of(1, 2) }
    assert.equal(resolvePolicies(undefined, inputs, rows), undefined)
    const strict: ProjectServing = { fields: { age: { outOfRange: 'reject' } } }
    assert.equal(resolvePolicies(strict, inputs, rows), undefined)
    const other: ProjectServing = { fields: { debt: { outOfRange: 'warn' } } }
    assert.equal(resolvePolicies(other, inputs, rows), undefined)
  })

  test('the order of the rows does not matter, and what is imputed is a value of the rows', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1 }), (cells) => {
        const resolve = (column: readonly number[]) =>
          resolvePolicies(
            {
              fields: {
                a: { missing: 'impute', value: 'most-frequent' },
                b: { missing: 'impute', value: 'median' },
              },
            },
            { a: { type: 'integer' }, b: { type: 'integer' } },
            {
              rows: column.length,
              columns: 2,
              values: Float32Array.from(column.flatMap((cell) => [cell, cell])),
            },
          )
        assert.deepEqual(resolve(cells), resolve(cells.toReversed()))
        for (const policy of Object.values(resolve(cells) ?? {})) {
          assert.ok(cells.includes(Number(policy.value)))
        }
      }),
    )
  })
})

function findProblems(serving: ProjectServing): string[] {
  const project = { schema, key: 'id', target: 'defaulted', serving }
  const used = new Set(Object.keys(schema.fields).filter((name) => name !== 'other'))
  return findPolicyProblems(project, used).map(({ what }) => what)
}
