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
    return { missingShare, outOfRangeShare, ...judgeTexts(field, column) }
  }
  return { missingShare, ...judgeNumbers(field, column, distribution) }
}

function judgeTexts(
  field: InputField | undefined,
  { distribution, rows }: ColumnDistribution,
): Pick<FieldQuality, 'unseenShare' | 'unfit'> {
  if (field?.type !== 'text' || distribution?.kind !== 'categories')
    return { unseenShare: 0, unfit: [] }
  // Only such a model itself knows which texts it was trained on.
  if (field.known === undefined) return { unseenShare: 0, unfit: [] }
  const known = new Set(field.known)
  const unknown = [...distribution.counts].filter(([text]) => !known.has(text))
  const ofKnown = field.known.reduce((sum, text) => sum + (distribution.counts.get(text) ?? 0), 0)
  const mostFrequent = unknown.toSorted(([, n], [, m]) => m - n).slice(0, listedValues)
  return {
    // Rare texts of a column of very many are in no count.
    unseenShare: (distribution.total - ofKnown) / rows,
    unfit: mostFrequent.map(([text]) => cutText(text)),
  }
}

function cutText(text: string): string {
  return text.length > longestText ? `${text.slice(0, longestText).toWellFormed()}…` : text
}

const longestText = 50

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
