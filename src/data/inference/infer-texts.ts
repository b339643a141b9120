import type { ColumnProfile } from '../profile/profile.ts'
import { inferCodes } from './infer-codes.ts'
import { type Drafted, leastRepeats, type Margins, mostCodes, mostlyOf } from './strictness.ts'

/** Python's regular expressions of the classes that have one. */
const patterns: Readonly<Record<string, string>> = {
  'leading zero': String.raw`^0\d+$`,
  integer: String.raw`^[+-]?\d+$`,
  date: String.raw`^\d{4}-\d{2}-\d{2}$`,
  uuid: String.raw`^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$`,
  email: String.raw`^[^\s@]+@[^\s@]+\.[^\s@]+$`,
}

/** Codes as a set, other texts by their lengths and what they look like. */
export function inferTexts({ texts, distinct, top }: ColumnProfile, margins: Margins): Drafted[] {
  if (texts === undefined) return []
  const { lengths, classes } = texts
  const count = classes.reduce((sum, each) => sum + each.count, 0)
  if (distinct.count <= mostCodes && count >= leastRepeats * distinct.count) {
    const values = top.map(({ value }) => value).sort()
    return inferCodes(values, margins)
  }
  const [only, ...others] = classes
  const mostly = margins.broken === undefined ? {} : mostlyOf(margins.broken.others)
  const regex = only === undefined || others.length > 0 ? undefined : patterns[only.value]
  return [
    {
      type: 'expect_column_value_lengths_to_be_between',
      kwargs: {
        min_value: Math.floor(lengths.min / margins.lengths),
        max_value: Math.ceil(lengths.max * margins.lengths),
        ...mostly,
      },
      reason: `the texts have ${lengths.min} to ${lengths.max} characters`,
    },
    ...(regex === undefined
      ? []
      : [
          {
            type: 'expect_column_values_to_match_regex',
            kwargs: { regex, ...mostly },
            reason: `every text is of the class '${only!.value}'`,
          },
        ]),
  ]
}
