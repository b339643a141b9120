import { numberCaseOf, type FieldPolicy, type PolicyAction } from '../../core/field-policy.ts'
import type { InputField } from '../../core/input-field.ts'
import { largestFloat } from '../../core/schema.ts'
import { doubleSql, isMissingSql, isStorableSql, violationSql } from './violation-sql.ts'

/**
 * SQL: whether a value does not fit its field and is let through by the policy; never null. It agrees with
 * `policyCaseOf` on every value.
 *
 * @param value - SQL of a double, null where missing; it occurs several times, so let it be a column
 * @param by - only what this action lets through
 */
export function isPassedSql(
  field: InputField,
  policy: FieldPolicy,
  { value, by }: { readonly value: string; readonly by?: Passing },
): string {
  const passed = listPassed(field, policy, value).filter(({ action }) => (by ?? action) === action)
  if (passed.length === 0) return 'false'
  const ways = passed.map(({ condition }) => `(${condition})`).join(' OR ')
  return `(${violationSql(field, value, true)} AND (${ways}))`
}

/**
 * SQL of what is scored of a value: itself, or what the policy imputes.
 *
 * @param value - as of {@link isPassedSql}; one that is refused stays as it is
 */
export function settledSql(field: InputField, policy: FieldPolicy, value: string): string {
  const isImputed = isPassedSql(field, policy, { value, by: 'impute' })
  return `CASE WHEN ${isImputed} THEN ${doubleSql(policy.value ?? Number.NaN)} ELSE ${value} END`
}

type Passing = Exclude<PolicyAction, 'reject'>

interface Passed {
  /** Of a value that does not fit. */
  readonly condition: string
  readonly action: Passing
}

function listPassed(field: InputField, policy: FieldPolicy, value: string): readonly Passed[] {
  const isMissing = isMissingSql(field, value)
  const fault = numberCaseOf(field)
  const action = (fault === undefined ? undefined : policy[fault]) ?? 'reject'
  const isWhole = field.type === 'integer' ? [isStorableSql(field, value)] : []
  const fitsFloats = `abs(${value}) <= ${doubleSql(largestFloat)}`
  return [
    ...(policy.missing === 'impute' ? [{ condition: isMissing, action: 'impute' } as const] : []),
    ...(action === 'reject'
      ? []
      : [{ condition: [`NOT ${isMissing}`, fitsFloats, ...isWhole].join(' AND '), action }]),
  ]
}
