import type { JsonValue } from '../expectations/outcome.ts'
import { type Drafted, type Margins, mostlyOf } from './strictness.ts'

/** A set of the codes that occur. A new one is worth a look; where many are new, somebody has changed what codes mean. */
export function inferCodes(values: readonly JsonValue[], { broken }: Margins): Drafted[] {
  const type = 'expect_column_values_to_be_in_set'
  const reason = `only these ${values.length} values occur`
  const kwargs = { value_set: values }
  if (broken === undefined) return [{ type, kwargs, reason }]
  return [
    { type, kwargs, reason, severity: 'warning' },
    {
      type,
      kwargs: { ...kwargs, ...mostlyOf(broken.unseen) },
      reason: `${reason}; where many are new, they mean something else`,
    },
  ]
}
