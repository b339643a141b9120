import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ClassCosts } from '../../../src/core/called-class.ts'
import { policyCaseOf, type FieldPolicy } from '../../../src/core/field-policy.ts'
import type { InputField } from '../../../src/core/input-field.ts'
import type { Predictor } from '../../../src/core/predictor.ts'
import { describeViolation, type ModelField } from '../../../src/core/schema.ts'
import { describeIncompatibility } from '../../../src/serving/rollout/signature.ts'
import { predictor } from '../serve-model.ts'

const why = (changes: Partial<Predictor>): readonly string[] =>
  describeIncompatibility(predictor, { ...predictor, ...changes })
const withField = (name: string, field: ModelField): readonly string[] =>
  why({ inputs: { ...predictor.inputs, [name]: field } })

test('a model of other bytes, version and numbers can take the place of the other', () => {
  assert.deepEqual(why({ digest: 'cd'.repeat(32), predict: () => Float32Array.of(1) }), [])
})

test('a wider column is none that a client notices, a narrower one is', () => {
  assert.deepEqual(withField('age', { type: 'number', min: 0, nullable: true }), [])
  assert.deepEqual(withField('town', { type: 'category', levels: [9, 8, 3, 0, -1] }), [])
  assert.deepEqual(withField('town', { type: 'integer', min: -1 }), [])
  assert.deepEqual(withField('town', { type: 'category', levels: [0, 3, 8] }), [
    "'town' must be one of 0, 3, 8, and was one of -1, 0, 3, 8",
  ])
  assert.deepEqual(withField('age', { type: 'integer', min: 18, max: 60 }), [
    "'age' must be an integer from 18 to 60, and was an integer from 18 to 100",
  ])
  assert.deepEqual(withField('debt', { type: 'number' }), [
    "'debt' must be a number, and was a number or missing",
  ])
  assert.equal(withField('late', { type: 'number' }).length, 1)
})

test('bounds of days and moments are told apart as times, and the first of all is none', () => {
  const found = (before: InputField, after: InputField): number => {
    const [x, y] = [before, after].map((field) => ({ ...predictor, inputs: { x: field } }))
    return describeIncompatibility(x!, y!).length
  }
  const at = { type: 'datetime' } as const
  assert.equal(found({ type: 'date' }, { type: 'date', min: '0001-01-01', max: '9999-12-31' }), 0)
  assert.equal(found(at, { ...at, min: '0001-01-01', max: '9999-12-31T23:59:59.999Z' }), 0)
  assert.equal(
    found({ ...at, min: '2020-01-01T01:00Z' }, { ...at, min: '2020-01-01T02:30+02:00' }),
    0,
  )
  assert.equal(
    found({ ...at, min: '2020-01-01T02:30+02:00' }, { ...at, min: '2020-01-01T01:00Z' }),
    1,
  )
  assert.equal(found(at, { type: 'date' }), 1)
})

test('an interval may come and change, and not go', () => {
  const ofRadius = (radius: number): Predictor => ({
    ...predictor,
    output: { kind: 'value', interval: { coverage: 0.9, radius } },
  })
  const plain: Predictor = { ...predictor, output: { kind: 'value' } }
  assert.deepEqual(describeIncompatibility(plain, ofRadius(1)), [])
  assert.deepEqual(describeIncompatibility(ofRadius(2), ofRadius(1)), [])
  assert.deepEqual(describeIncompatibility(ofRadius(2), plain), ['it gives no interval'])
})

test('what is called may be decided otherwise', () => {
  const at = (threshold: number): Predictor => ({
    ...predictor,
    output: { kind: 'probability', threshold },
  })
  assert.deepEqual(describeIncompatibility(at(0.3), at(0.6)), [])
  assert.deepEqual(describeIncompatibility(predictor, at(0.6)), [])
  const classes = (costs?: ClassCosts): Predictor => ({
    ...predictor,
    output: { kind: 'classes', classes: ['a', 'b'], ...(costs && { costs }) },
  })
  const costs = [
    [0, 2],
    [1, 0],
  ]
  assert.deepEqual(describeIncompatibility(classes(costs), classes()), [])
})

test('columns that come, go or change places are told, all at once, with name and output', () => {
  const { age, debt, late, town } = predictor.inputs
  const moved = { debt, age, late, town } as Predictor['inputs']
  assert.deepEqual(why({ inputs: moved }), ['its columns stand in another order'])
  const inputs = { age, debt, late, rent: { type: 'number' } } as Predictor['inputs']
  assert.deepEqual(why({ name: 'rents', output: { kind: 'value' }, inputs }), [
    "it is called 'rents', not 'loans'",
    'it gives {"kind":"value"}, not {"kind":"probability"}',
    "it does not take 'town'",
    "it takes 'rent' too",
  ])
})

test('what was let through although it did not fit is not to be refused', () => {
  const lenient = { age: { outOfRange: 'warn', missing: 'impute', value: 40 } } as const
  const before = { ...predictor, policies: lenient }
  assert.deepEqual(describeIncompatibility(before, predictor), [
    "'age' is refused where it was let through (missing)",
    "'age' is refused where it was let through (outOfRange)",
  ])
  const policies = { age: { outOfRange: 'impute', missing: 'impute' } } as const
  assert.deepEqual(describeIncompatibility(before, { ...predictor, policies }), [])
  const age = { type: 'number', nullable: true } as const
  const wide = { ...predictor, inputs: { ...predictor.inputs, age } }
  assert.deepEqual(describeIncompatibility(before, wide), [])
  assert.deepEqual(describeIncompatibility(predictor, before), [])
})

test('what is compatible refuses no value that was admitted or let through', () => {
  const bounds = { min: fc.integer({ min: -3, max: 0 }), max: fc.integer({ min: 0, max: 3 }) }
  const levels = fc.uniqueArray(fc.integer({ min: -3, max: 3 }), { minLength: 1 })
  const nullable = fc.boolean()
  const days = { min: fc.constantFrom('2020-01-01', '2020-01-02'), max: fc.constant('2020-01-03') }
  const moments = {
    min: fc.constantFrom('2020-01-01', '2020-01-01T01:00:00+02:00', '2020-01-02T00:00Z'),
    max: fc.constant('2020-01-03'),
  }
  const known = fc.constantFrom<readonly string[]>([], ['a'], ['b', 'a'])
  const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'ccc'), { minLength: 1 })
  const field: fc.Arbitrary<InputField> = fc.oneof(
    fc.record({ type: fc.constant('date' as const), nullable }),
    fc.record({ type: fc.constant('date' as const), ...days, nullable }),
    fc.record({ type: fc.constant('datetime' as const), nullable }),
    fc.record({ type: fc.constant('datetime' as const), ...moments, nullable }),
    fc.record({ type: fc.constant('text' as const), known, nullable }),
    fc.record({ type: fc.constant('text' as const), known, levels: names, nullable }),
    fc.record({
      type: fc.constant('text' as const),
      known,
      maxLength: fc.constantFrom(1, 3),
      nullable,
    }),
    fc.record({ type: fc.constant('integer' as const), ...bounds, nullable }),
    fc.record({ type: fc.constant('number' as const), ...bounds, nullable }),
    fc.record({ type: fc.constant('category' as const), levels, nullable }),
    fc.record({ type: fc.constant('boolean' as const), nullable }),
  )
  const texts = [
    'a',
    'b',
    'x',
    'ccc',
    'dddd',
    '2019-12-31',
    '2020-01-01',
    '2020-01-02',
    '2020-01-04',
    '2019-12-31T23:30:00Z',
    '2020-01-01T02:30:00+02:00',
    '2020-01-02 23:59:59.999',
  ]
  const values = [null, -3, -2, -1, -0.5, 0, 0.5, 1, 2, 3, ...texts]
  const action = fc.constantFrom('reject', 'impute', 'warn')
  const policy: fc.Arbitrary<FieldPolicy> = fc.record(
    {
      missing: fc.constantFrom('reject', 'impute'),
      outOfRange: action,
      unknownLevel: action,
      tooLong: action,
    },
    { requiredKeys: [] },
  )
  const side = fc.record({ x: field, policy: fc.oneof(fc.constant<FieldPolicy>({}), policy) })
  fc.assert(
    fc.property(side, side, (before, after) => {
      const model = ({ x, policy: y }: typeof before): Predictor => ({
        ...predictor,
        inputs: { x },
        policies: { x: y },
      })
      const isTaken = (
        { x, policy: actions }: typeof before,
        value: number | string | null,
      ): boolean => {
        const fault = policyCaseOf(x, value)
        if (describeViolation(x, value) === undefined) return true
        return fault !== undefined && (actions[fault] ?? 'reject') !== 'reject'
      }
      const isRefused = (value: number | string | null): boolean =>
        isTaken(before, value) && !isTaken(after, value)
      const isCompatible = describeIncompatibility(model(before), model(after)).length === 0
      // A level that is let through need not be a whole number, which integers have to be.
      const isWhole = before.x.type !== 'category' || after.x.type !== 'integer'
      if (isCompatible)
        assert.ok(!values.some((value) => isRefused(value) && (isWhole || Number.isInteger(value))))
      // Values whose types are alike are judged exactly, but for policies of what does not happen.
      else if (
        before.x.type === after.x.type &&
        [before, after].every((one) => Object.keys(one.policy).length === 0)
      )
        assert.ok(values.some(isRefused))
    }),
  )
})
