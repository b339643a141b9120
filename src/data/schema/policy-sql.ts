import {
  encodeUsed,
  valueCaseOf,
  type FieldPolicy,
  type PolicyAction,
} from '../../core/field-policy.ts'
import type { InputField } from '../../core/input-field.ts'
import { isTimeField, largestFloat, type Field } from '../../core/schema.ts'
import { quoteText } from '../duckdb-store.ts'
import { inputSql } from '../input-sql.ts'
import {
  doubleSql,
  holdsNumbers,
  isMissingSql,
  isStorableSql,
  violationSql,
} from './violation-sql.ts'

/**
 * SQL: whether a value does not fit its field and is let through by the policy; never null. It agrees with
 * `policyCaseOf` on every value.
 *
 * @param value - SQL of the field's `valueType`, null where missing; it occurs several times, so let it be a column
 * @param by - only what this action lets through
 */
export function isPassedSql(
  field: Field,
  policy: FieldPolicy,
  { value, by }: { readonly value: string; readonly by?: Passing },
): string {
  const passed = listPassed(field, policy, value).filter(({ action }) => (by ?? action) === action)
  if (passed.length === 0) return 'false'
  const ways = passed.map(({ condition }) => `(${condition})`).join(' OR ')
  return `(${violationSql(field, value, true)} AND (${ways}))`
}

/**
 * SQL of the number that is scored of a value: its own, or that of what the policy imputes.
 *
 * @param value - as of {@link isPassedSql}; one that is refused stays as it is
 */
export function settledSql(field: InputField, policy: FieldPolicy, value: string): string {
  const isImputed = isPassedSql(field, policy, { value, by: 'impute' })
  const imputed = doubleSql(encodeUsed(field, policy.value))
  return `CASE WHEN ${isImputed} THEN ${imputed} ELSE ${inputSql(value, field)} END`
}

/** SQL of the text that is scored of a value, where a model takes the texts themselves; null where it is missing. */
export function settledTextSql(field: InputField, policy: FieldPolicy, value: string): string {
  const isImputed = isPassedSql(field, policy, { value, by: 'impute' })
  const imputed = typeof policy.value === 'string' ? quoteText(policy.value) : 'NULL'
  return `CASE WHEN ${isImputed} THEN ${imputed} ELSE ${value} END`
}

type Passing = Exclude<PolicyAction, 'reject'>

interface Passed {
  /** Of a value that does not fit. */
  readonly condition: string
  readonly action: Passing
}

function listPassed(field: Field, policy: FieldPolicy, value: string): readonly Passed[] {
  const isMissing = isMissingSql(field, value)
  const fault = valueCaseOf(field)
  const action = (fault === undefined ? undefined : policy[fault]) ?? 'reject'
  const isOfType =
    field.type === 'integer' || isTimeField(field) ? [isStorableSql(field, value)] : []
  const fitsFloats = holdsNumbers(field) ? [`abs(${value}) <= ${doubleSql(largestFloat)}`] : []
  return [
    ...(policy.missing === 'impute' ? [{ condition: isMissing, action: 'impute' } as const] : []),
    ...(action === 'reject'
      ? []
      : [{ condition: [`NOT ${isMissing}`, ...fitsFloats, ...isOfType].join(' AND '), action }]),
  ]
}
