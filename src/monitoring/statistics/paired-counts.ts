import { ToolkitError } from '../../core/errors.ts'
import type {
  CategoryDistribution,
  Distribution,
  NumberDistribution,
} from '../../data/profile/distribution.ts'
import { scaleDown } from './scale-down.ts'

/** How often each value occurs on either side; a value of one side only has a 0 on the other. */
export interface PairedCounts {
  readonly reference: Float64Array
  /** Same length as `reference`. */
  readonly current: Float64Array
  /** Sum of `reference`, above 0. */
  readonly referenceTotal: number
  /** Sum of `current`, above 0. */
  readonly currentTotal: number
}

export interface PairedNumbers extends PairedCounts {
  /** Ascending, in units of `unit`; same length as the counts. */
  readonly values: Float64Array
  /** 1, or a power of two where the column's values are huge. */
  readonly unit: number
}

/**
 * The counts of two distributions by value, in the order of the values: numbers, and
 * categories that are all numbers, by size; other categories as text.
 *
 * @throws {ToolkitError} `DATA_INCOMPARABLE` for different kinds, or a side without a value.
 */
export function pairCounts(reference: Distribution, current: Distribution): PairedCounts {
  if (reference.kind === 'numbers') return pairNumbers(reference, current)
  if (current.kind !== 'categories') throw differentKinds(reference, current)
  checkNotEmpty(reference, current)
  const keys = sharedKeys(reference, current)
  const pooled = reference.others > 0 || current.others > 0
  return {
    reference: countKeys(reference, { keys, pooled }),
    current: countKeys(current, { keys, pooled }),
    referenceTotal: reference.total,
    currentTotal: current.total,
  }
}

/**
 * The counts of two distributions of numbers, side by side.
 *
 * @throws {ToolkitError} `DATA_INCOMPARABLE` when a side is not of numbers or has none.
 */
export function pairNumbers(reference: Distribution, current: Distribution): PairedNumbers {
  if (reference.kind !== 'numbers' || current.kind !== 'numbers') {
    throw differentKinds(reference, current)
  }
  checkNotEmpty(reference, current)
  return mergeNumbers(reference, current)
}

function mergeNumbers(a: NumberDistribution, b: NumberDistribution): PairedNumbers {
  const most = a.values.length + b.values.length
  const values = new Float64Array(most)
  const reference = new Float64Array(most)
  const current = new Float64Array(most)
  let length = 0
  for (let i = 0, j = 0; i < a.values.length || j < b.values.length; length++) {
    const left = i < a.values.length ? a.values[i]! : Infinity
    const right = j < b.values.length ? b.values[j]! : Infinity
    values[length] = Math.min(left, right)
    if (left <= right) reference[length] = a.counts[i++]!
    if (right <= left) current[length] = b.counts[j++]!
  }
  return {
    ...scaleDown(values.subarray(0, length)),
    reference: reference.subarray(0, length),
    current: current.subarray(0, length),
    referenceTotal: a.total,
    currentTotal: b.total,
  }
}

/** A side with unlisted values cannot say how often a value of the other side occurs: such values are pooled. */
function sharedKeys(a: CategoryDistribution, b: CategoryDistribution): string[] {
  const keys = [...new Set([...a.counts.keys(), ...b.counts.keys()])].filter(
    (key) => (a.others === 0 || a.counts.has(key)) && (b.others === 0 || b.counts.has(key)),
  )
  const areNumbers = keys.every((key) => String(Number(key)) === key)
  return areNumbers ? keys.sort((x, y) => Number(x) - Number(y)) : keys.sort()
}

/** The last count is of what `keys` does not name, when `pooled`. */
function countKeys(
  { counts, total }: CategoryDistribution,
  { keys, pooled }: { readonly keys: readonly string[]; readonly pooled: boolean },
): Float64Array {
  const result = new Float64Array(keys.length + (pooled ? 1 : 0))
  let rest = total
  for (const [index, key] of keys.entries()) {
    result[index] = counts.get(key) ?? 0
    rest -= result[index]
  }
  if (pooled) result[keys.length] = Math.max(0, rest)
  return result
}

function checkNotEmpty(reference: Distribution, current: Distribution): void {
  for (const [side, { total }] of [
    ['reference', reference],
    ['current', current],
  ] as const) {
    if (total > 0) continue
    throw new ToolkitError('DATA_INCOMPARABLE', `the ${side} side has no value to compare`, {
      hint: 'compare the rates of missing values instead',
    })
  }
}

function differentKinds(reference: Distribution, current: Distribution): ToolkitError {
  return new ToolkitError(
    'DATA_INCOMPARABLE',
    `the reference side has ${reference.kind} and the current side ${current.kind}, which this test does not compare`,
    { hint: 'give both sides one type, or choose another test' },
  )
}
