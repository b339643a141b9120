/** Whether a model can take another's place without its clients noticing more than other numbers. */

import { policyCases, valueCaseOf, type PolicyCase } from '../../core/field-policy.ts'
import { dayBounds, encodeCoded, isCodedField, type InputField } from '../../core/input-field.ts'
import { momentBounds } from '../../core/moment.ts'
import type { ModelOutput, Predictor } from '../../core/predictor.ts'
import {
  describeField,
  describeViolation,
  isTimeField,
  type NumericField,
  type TextField,
  type TimeField,
} from '../../core/schema.ts'

/**
 * For which requests and answers the second model is no replacement of the first: each that the first takes, the
 * second must take too, in the same columns, and what it gives must be of the same kind.
 *
 * @returns one sentence a reason; none when it can take its place
 */
export function describeIncompatibility(before: Predictor, after: Predictor): readonly string[] {
  const reasons: string[] = []
  if (before.name !== after.name) {
    reasons.push(`it is called '${after.name}', not '${before.name}'`)
  }
  const [kind, newKind] = [before.output, after.output].map(describeOutput)
  if (kind !== newKind) reasons.push(`it gives ${newKind}, not ${kind}`)
  if (hasInterval(before.output) && !hasInterval(after.output)) reasons.push('it gives no interval')
  return [...reasons, ...describeColumns(before, after)]
}

/** But for the interval of a value and how classes are called, which each model has its own. */
function describeOutput(output: ModelOutput): string {
  const { kind } = output
  return JSON.stringify(kind === 'value' ? { kind } : { kind, classes: output.classes })
}

function hasInterval(output: ModelOutput): boolean {
  return output.kind === 'value' && output.interval !== undefined
}

function describeColumns(before: Predictor, after: Predictor): readonly string[] {
  const [inputs, newInputs] = [before.inputs, after.inputs]
  const [names, newNames] = [Object.keys(inputs), Object.keys(newInputs)]
  const reasons = Object.entries(inputs).flatMap(([name, field]) => {
    const newField = Object.hasOwn(newInputs, name) ? newInputs[name] : undefined
    if (newField === undefined) return [`it does not take '${name}'`]
    if (!isAsWide(field, newField)) {
      return [`'${name}' must be ${describe(newField)}, and was ${describe(field)}`]
    }
    return policyCases
      .filter((what) => isLetThrough(what, before, name) && mayMeet(what, field))
      .filter((what) => {
        const newCase = what === 'missing' ? what : valueCaseOf(newField)
        if (newCase === undefined || !mayMeet(newCase, newField)) return false
        return !isLetThrough(newCase, after, name)
      })
      .map((what) => `'${name}' is refused where it was let through (${what})`)
  })
  for (const name of newNames) {
    if (!Object.hasOwn(inputs, name)) reasons.push(`it takes '${name}' too`)
  }
  // Tensors are told by position, so the order is part of what clients send.
  if (reasons.length === 0 && names.join('\0') !== newNames.join('\0')) {
    reasons.push('its columns stand in another order')
  }
  return reasons
}

/** Whether a value that the column does not admit is scored all the same. */
function isLetThrough(what: PolicyCase, { policies = {} }: Predictor, name: string): boolean {
  const policy = Object.hasOwn(policies, name) ? policies[name] : undefined
  return (policy?.[what] ?? 'reject') !== 'reject'
}

/** Whether the field has values that it does not admit for this reason. */
function mayMeet(what: PolicyCase, field: InputField): boolean {
  switch (what) {
    case 'missing':
      return field.nullable !== true
    case 'outOfRange':
      return 'min' in field || 'max' in field
    case 'unknownLevel':
      return field.type === 'category' || (field.type === 'text' && field.levels !== undefined)
    case 'tooLong':
      return field.type === 'text' && field.maxLength !== undefined && field.levels === undefined
  }
}

function describe(field: InputField): string {
  return describeField(field) + (field.nullable === true ? ' or missing' : '')
}

/** Whether the new field admits all that the old one does. */
function isAsWide(field: InputField, newField: InputField): boolean {
  if (field.nullable === true && newField.nullable !== true) return false
  // JSON's true and false are taken by boolean columns alone.
  if (field.type === 'boolean' || newField.type === 'boolean') return field.type === newField.type
  if (field.type === 'category') {
    return field.levels.every((code) => describeViolation(newField, code) === undefined)
  }
  if (isCodedField(field)) return isAsWideCoded(field, newField)
  if (newField.type === 'category' || isCodedField(newField)) return false
  return isAsWideNumber(field, newField)
}

/** Which texts a model tells apart is its own affair. */
function isAsWideCoded(field: TimeField | TextField, newField: InputField): boolean {
  if (isTimeField(field)) return newField.type === field.type && isAsWideTime(field, newField)
  if (newField.type !== 'text') return false
  if (field.levels !== undefined) {
    return field.levels.every((text) => describeViolation(newField, text) === undefined)
  }
  const [length, newLength] = [field.maxLength ?? Infinity, newField.maxLength ?? Infinity]
  return newField.levels === undefined && length <= newLength
}

function isAsWideTime(field: TimeField, newField: TimeField): boolean {
  const [[min, max], [newMin, newMax]] = [boundsOf(field), boundsOf(newField)]
  return min >= newMin && max <= newMax
}

type Bounds = readonly [min: number, max: number]

/** The first and the last that it admits, as numbers. */
function boundsOf(field: TimeField): Bounds {
  const { first, last } = field.type === 'date' ? dayBounds : momentBounds
  const { min, max } = field
  return [
    min === undefined ? first : encodeCoded(field, min),
    max === undefined ? last : encodeCoded(field, max),
  ]
}

function isAsWideNumber(field: NumericField, newField: NumericField): boolean {
  if (field.type === 'number' && newField.type === 'integer') return false
  const { min = -Infinity, max = Infinity } = newField
  return (field.min ?? -Infinity) >= min && (field.max ?? Infinity) <= max
}
