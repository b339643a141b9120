/** Features of a project that expressions compute of its raw columns. */

import { ToolkitError } from '../core/errors.ts'
import type { Problem } from '../core/problem.ts'
import type { Schema } from '../core/schema.ts'
import { checkExpressions } from './expressions/check-expression.ts'
import type { BooleanExpression, Expression, NumberExpression } from './expressions/expression.ts'
import { findGraphProblems } from './expressions/graph-problems.ts'
import { isBoolean } from './expressions/sort-of-expression.ts'
import { findColumns } from './expressions/walk-expression.ts'
import type { Feature, ModelInput } from './features.ts'

/**
 * A feature that the features stage computes by SQL and the model's graph while it serves; linear models see a
 * number standardized, what is true or false as it is, 1 or 0.
 */
export type DerivedFeature = NumberExpression | BooleanExpression

/** The derived features in their order, which comes after that of the columns. */
export function listDerivedFeatures(
  derived: Readonly<Record<string, DerivedFeature>> = {},
): Feature[] {
  return Object.entries(derived).map(([name, expression]) =>
    isBoolean(expression)
      ? { name, field: { type: 'boolean', nullable: true }, encoding: 'as-is', expression }
      : { name, field: { type: 'number', nullable: true }, encoding: 'standardize', expression },
  )
}

/** The raw columns that features are, or are made of, in the order of the schema. */
export function listModelInputs(
  { fields }: Schema,
  features: readonly { readonly name: string; readonly expression?: Expression }[],
): ModelInput[] {
  const names = new Set(
    features.flatMap(({ name, expression }) =>
      expression === undefined ? [name] : findColumns(expression).map((column) => column.name),
    ),
  )
  return Object.entries(fields).flatMap(([name, field]) =>
    names.has(name) ? [{ name, field }] : [],
  )
}

/** What is wrong with derived features, each problem with its hint. */
export function findDerivedProblems(
  derived: Readonly<Record<string, Expression>>,
  { schema, roles }: { readonly schema: Schema; readonly roles: Readonly<Record<string, string>> },
): Problem[] {
  const { fields } = schema
  const named = Object.keys(derived).flatMap((name) =>
    Object.hasOwn(fields, name) ? [`'${name}' has the name of a column`] : [],
  )
  const problems = named.map((what) => ({ what, hint: 'give it another name' }))
  try {
    checkExpressions(derived, { place: 'derived', fields })
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error
    return [...problems, { what: error.message, hint: error.hint ?? '' }]
  }
  const unserved = findGraphProblems(derived).map((what) => ({
    what: `a served model cannot compute it: ${what}`,
    hint: 'leave it out, or compute it before the data comes to the pipeline',
  }))
  const columns = Object.entries(derived).flatMap(([name, expression]) =>
    findColumns(expression).flatMap((column) => {
      const role = Object.keys(roles).find((each) => roles[each] === column.name)
      return role === undefined
        ? []
        : [{ what: `'${name}' reads '${column.name}', which is the ${role}`, hint: 'leave it out' }]
    }),
  )
  return [...problems, ...unserved, ...columns]
}
