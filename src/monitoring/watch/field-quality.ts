import type { MonitoredColumn } from '../../core/monitored-window.ts'
import { isCodedField, type InputField } from '../../core/input-field.ts'
import { describeInputViolation, type ModelField } from '../../core/schema.ts'
import type { NumberDistribution } from '../../data/profile/distribution.ts'
import type { ColumnDistribution } from '../../data/profile/read-distributions.ts'
import { countMissing } from '../column-counts.ts'

/** What of a column does not fit its field. */
export type FieldQuality = Pick<
  MonitoredColumn,
  'missingShare' | 'outOfRangeShare' | 'unseenShare' | 'unfit'
>

const listedValues = 3

/**
 * Shares of all rows; infinities are out of range, and texts that the model does not know are unseen. Without a field only
 * missing values are counted.
 */
export function judgeField(
  field: InputField | undefined,
  column: ColumnDistribution | undefined,
): FieldQuality {
  if (column === undefined || column.rows === 0) {
    return { missingShare: 1, outOfRangeShare: 0, unseenShare: 0, unfit: [] }
  }
  const missingShare = countMissing(column) / column.rows
  const { distribution } = column
  if (field === undefined || isCodedField(field) || distribution?.kind !== 'numbers') {
    const outOfRangeShare = column.infinities / column.rows
    return { missingShare, outOfRangeShare, unseenShare: shareOfUnknown(field, column), unfit: [] }
  }
  return { missingShare, ...judgeNumbers(field, column, distribution) }
}

function shareOfUnknown(
  field: InputField | undefined,
  { distribution, rows }: ColumnDistribution,
): number {
  if (field?.type !== 'text' || distribution?.kind !== 'categories') return 0
  const known = field.known.reduce((sum, text) => sum + (distribution.counts.get(text) ?? 0), 0)
  return (distribution.total - known) / rows
}

function judgeNumbers(
  field: ModelField,
  column: ColumnDistribution,
  distribution: NumberDistribution,
): Omit<FieldQuality, 'missingShare'> {
  let unfitRows = 0
  const unfit: (readonly [value: number, count: number])[] = []
  for (const [i, value] of distribution.values.entries()) {
    if (describeInputViolation(field, value) === undefined) continue
    const count = distribution.counts[i]!
    unfitRows += count
    unfit.push([value, count])
  }
  const mostFrequent = unfit.toSorted(([a, n], [b, m]) => m - n || a - b).slice(0, listedValues)
  const hasLevels = field.type === 'category' || field.type === 'boolean'
  return {
    outOfRangeShare: (column.infinities + (hasLevels ? 0 : unfitRows)) / column.rows,
    unseenShare: hasLevels ? unfitRows / column.rows : 0,
    unfit: mostFrequent.map(([value]) => value),
  }
}
