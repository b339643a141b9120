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
  defaulted: { type: 'boolean' },
})

describe('policies of a project', () => {
  test('all kinds that fit are taken', () => {
    const serving: ProjectServing = {
      fields: {
        age: { missing: 'impute', outOfRange: 'warn', value: 'median' },
        debt: { outOfRange: 'impute' },
        town: { unknownLevel: 'warn', missing: 'impute', value: 2 },
        late: { missing: 'impute', value: 'most-frequent' },
        free: { missing: 'reject' },
      },
    }
    assert.deepEqual(findProblems(serving), [])
  })

  for (const [name, fields, expected] of [
    ['no column', { agee: {} }, /^serving: 'agee' is no column$/],
    ['the key', { id: { missing: 'impute', value: 1 } }, /^serving: 'id' is no input of a model$/],
    ['the target', { defaulted: {} }, /no input of a model/],
    ['a text', { name: {} }, /^serving: 'name' is text$/],
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
  const inputs = [{ name: 'age' }, { name: 'town' }]
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
            [{ name: 'a' }, { name: 'b' }],
            {
              rows: column.length,
              columns: 2,
              values: Float32Array.from(column.flatMap((cell) => [cell, cell])),
            },
          )
        assert.deepEqual(resolve(cells), resolve(cells.toReversed()))
        for (const policy of Object.values(resolve(cells) ?? {})) {
          assert.ok(cells.includes(policy.value ?? NaN))
        }
      }),
    )
  })
})

function findProblems(serving: ProjectServing): string[] {
  return findPolicyProblems({ schema, key: 'id', target: 'defaulted', serving }).map(
    ({ what }) => what,
  )
}
