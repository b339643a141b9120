/** A model of columns of all types, with policies and rows of which many do not fit. */

import fc from 'fast-check'
import type { FieldPolicies, FieldPolicy } from '../../src/core/field-policy.ts'
import type { InputFields } from '../../src/core/input-field.ts'
import { createGraphBuilder, encodeModel, withRawInputs } from '../../src/model/index.ts'

export type Cell = string | number | boolean | null
export type Row = Readonly<Record<string, Cell>>

/** A column of each type and most bounds. */
export const inputs: InputFields = {
  age: { type: 'integer', min: 18, max: 100 },
  debt: { type: 'number', max: 5.5, nullable: true },
  income: { type: 'number', min: -2 },
  late: { type: 'boolean' },
  town: { type: 'category', levels: [-1, 0, 2.5, 8] },
  kind: { type: 'category', levels: [1, 2], nullable: true },
  note: { type: 'text', known: ['a b', '007'], nullable: true, maxLength: 5 },
  since: { type: 'date', min: '1970-01-05' },
  plan: { type: 'text', known: ['pro'], levels: ['free', 'pro', "it's"] },
  until: { type: 'date', max: '2030-12-31', nullable: true },
}
export const names = Object.keys(inputs)

/** Σ of the columns, each times a power of two; a missing value is 16. */
export const onnx = ((): Uint8Array => {
  const graph = createGraphBuilder('sum', names.length)
  const isMissing = graph.apply('IsNaN', [graph.input])
  const filled = graph.apply('Where', [isMissing, graph.floats([16], [1]), graph.input])
  const weights = graph.floats(
    names.map((_, c) => 2 ** c),
    [names.length, 1],
  )
  const sum = graph.apply('Gemm', [filled, weights, graph.floats([0], [1])])
  return encodeModel(withRawInputs(graph.finish(sum), inputs))
})()

export function manifestOf(policies: FieldPolicies) {
  const example = {
    age: 20,
    debt: 0,
    income: 0,
    late: 0,
    town: 0,
    kind: 1,
    note: null,
    since: '1970-01-05',
    plan: 'free',
    until: null,
  }
  const output = { kind: 'value' } as const
  return { name: 'sum', kind: 'linear', target: 'y', output, inputs, example, policies }
}

export function drawPolicies(): fc.Arbitrary<FieldPolicies> {
  const action = fc.constantFrom('reject', 'impute', 'warn')
  const actions = {
    missing: fc.constantFrom('reject', 'impute'),
    outOfRange: action,
    unknownLevel: action,
    tooLong: action,
  } as const
  // What may not be missing is imputed with a value.
  const policyOf = (value: number | string, isNullable: boolean): fc.Arbitrary<FieldPolicy> =>
    fc.record(
      { ...actions, value: fc.constant(value) },
      { requiredKeys: isNullable ? [] : ['value'] },
    )
  return fc.record(
    {
      age: policyOf(50, false),
      debt: policyOf(2, true),
      income: policyOf(0.5, false),
      late: policyOf(1, false),
      town: policyOf(8, false),
      kind: policyOf(2, true),
      note: policyOf('007', true),
      since: policyOf('2024-02-29', false),
      plan: policyOf('pro', false),
      until: policyOf('2020-01-01', true),
    },
    { requiredKeys: [] },
  )
}

/** Mostly what fits, so that a row with one fault is no rarity. */
export function drawRow(): fc.Arbitrary<Row> {
  const odd = fc.constantFrom(
    null,
    'x',
    17,
    101,
    17.5,
    -3,
    6,
    1e39,
    -1e39,
    1e300,
    2 ** 53,
    9e15,
    0,
    3,
  )
  const days = ['1970-01-05', '1970-01-09', '2024-02-29']
  const cell = (...fitting: readonly Cell[]): fc.Arbitrary<Cell> =>
    fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...fitting) }, { weight: 1, arbitrary: odd })
  return fc.record(
    {
      age: cell(18, 50, 100),
      debt: cell(null, 5.5, -7),
      income: cell(-2, 0.25, 3e5),
      late: cell(0, 1, true, false),
      town: cell(-1, 2.5, 8),
      kind: cell(1, 2, null),
      note: fc.constantFrom(null, 'a b', '007', '7', 'ä', '     ', 'longer', 'x,"y'),
      since: fc.constantFrom(
        ...days,
        ...days,
        null,
        '1970-01-04',
        '1969-12-31',
        '1970-02-30',
        ' ',
        'x',
      ),
      // Texts alone: in CSV a number would be one, too.
      plan: fc.constantFrom('free', 'pro', "it's", 'free', 'pro', 'gold', ' ', null),
      until: cell('2030-12-31', null, '2031-01-01', '0001-01-01', '9999-12-31', '0000-12-31'),
    },
    { requiredKeys: ['age', 'debt', 'income', 'since'] },
  )
}
