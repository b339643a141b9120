/** The Python of policies: what a column does not admit and is scored all the same, told in a header. */

import { encodeUsed, valueCaseOf, type FieldPolicy } from '../../core/field-policy.ts'
import { encodeCoded, type InputField } from '../../core/input-field.ts'
import { isTimeField, largestFloat } from '../../core/schema.ts'
import { timeChecks } from './bento-functions.ts'
import { textOf } from './python-literal.ts'

/** Whether a policy lets any value of the field through. */
export function passesValues(field: InputField, policy: FieldPolicy | undefined): boolean {
  const fault = valueCaseOf(field)
  return fault !== undefined && (policy?.[fault] ?? 'reject') !== 'reject'
}

/** The type of a column whose policy lets values through, and the check that does. */
export function passingConstraints(field: InputField, policy: FieldPolicy): string {
  const fault = valueCaseOf(field)
  const action = fault === undefined ? undefined : policy[fault]
  const used = action === 'impute' ? `, ${usedOf(field, policy)}` : ''
  const mayBeMissing = field.nullable === true || policy.missing === 'impute'
  return `${widestOf(field, mayBeMissing)}, let_through(lambda value: ${fitsOf(field)}, "${action}"${used})`
}

/** The check that puts a value in place of a missing one. */
export function fillOf(field: InputField, policy: FieldPolicy): string {
  return `fill(${usedOf(field, policy)})`
}

/** What is scored in place of a value, as the graph takes it. */
function usedOf(field: InputField, { value }: FieldPolicy): string {
  if (value === undefined) return 'None'
  return field.type === 'text' ? textOf(String(value)) : String(encodeUsed(field, value))
}

/** What no policy can help against is refused by the type. */
function widestOf(field: InputField, mayBeMissing: boolean): string {
  const flag = mayBeMissing ? 'True' : 'False'
  if (field.type === 'text') return `str, text(${flag})`
  if (isTimeField(field)) return `str, ${timeChecks[field.type]}(${flag})`
  const isWhole = field.type === 'integer'
  const limit = isWhole ? Number.MAX_SAFE_INTEGER : largestFloat
  return `float, Field(ge=-${limit}, le=${limit}${isWhole ? ', multiple_of=1' : ''})`
}

function fitsOf(field: InputField): string {
  switch (field.type) {
    case 'category':
      return `value in (${field.levels.map((level) => `${level},`).join(' ')})`
    case 'text':
      return field.levels === undefined
        ? `len(value) <= ${field.maxLength ?? Infinity}`
        : `value in (${field.levels.map((level) => `${textOf(level)},`).join(' ')})`
    case 'date':
    case 'datetime':
      return isWithin([field.min, field.max].map((time) => time && encodeCoded(field, time)))
    case 'integer':
    case 'number':
      return isWithin([field.min, field.max])
    case 'boolean':
      return 'True'
  }
}

function isWithin([min, max]: readonly (number | string | undefined)[]): string {
  const low = min === undefined ? '' : `${min} <= `
  return `${low}value${max === undefined ? '' : ` <= ${max}`}`
}

/** The functions that policies take. */
export const pythonPolicies = `class Passed:
    """A cell that its column does not admit, and what is scored all the same."""

    def __init__(self, used, policy):
        self.used = used
        self.policy = policy


def let_through(fits, policy, used=None):
    def check(value):
        if value is None or fits(value):
            return value
        return Passed(value if policy == "warn" else used, policy)

    return AfterValidator(check)


def fill(used):
    return AfterValidator(lambda value: Passed(used, "impute") if value is None else value)


def tell(ctx, cells):
    """Says in a header what was let through, by column and policy."""
    counts = {}
    for row in cells:
        for name, cell in zip(COLUMNS, row):
            if isinstance(cell, Passed):
                counts[name, cell.policy] = counts.get((name, cell.policy), 0) + 1
    told = [
        f"{quote(name[:100], safe='!()*~' + chr(39), errors='replace')};policy={policy};count={count}"
        for (name, policy), count in list(counts.items())[:20]
    ]
    if told:
        ctx.response.headers["x-prediction-warnings"] = ", ".join(told)
    return [[cell.used if isinstance(cell, Passed) else cell for cell in row] for row in cells]`
