import { nameHint } from '../../core/nearest.ts'
import type { Problem } from '../../core/problem.ts'
import type { Schema } from '../../core/schema.ts'
import { findDerivedProblems } from '../../data/derived-features.ts'
import { isMissing } from '../../data/expressions/build-expression.ts'
import type { Expression } from '../../data/expressions/expression.ts'
import { isText } from '../../data/expressions/sort-of-expression.ts'
import type { Transform } from '../../training/transforms/transform.ts'

/** What transforms are learnt of, by the names of their features. */
export function operandsOf(
  learned: Readonly<Record<string, Transform>>,
): { readonly name: string; readonly expression: Expression }[] {
  return Object.entries(learned).map(([name, { operand }]) => ({ name, expression: operand }))
}

/** What is wrong with the transforms of a project, each problem with its hint. */
export function findLearnedProblems({
  schema,
  key,
  target,
  derived = {},
  learned = {},
}: {
  readonly schema: Schema
  readonly key: string
  readonly target: string
  readonly derived?: Readonly<Record<string, Expression>>
  readonly learned?: Readonly<Record<string, Transform>>
}): Problem[] {
  const unknown = Object.entries(learned)
    .filter(([, { kind }]) => !kinds.includes(kind))
    .map(([name, { kind }]) => ({
      what: `'${name}' has the kind '${kind}'`,
      hint: nameHint(kind, kinds, 'kinds'),
    }))
  const twice = Object.keys(learned)
    .filter((name) => Object.hasOwn(derived, name))
    .map((name) => ({ what: `'${name}' is derived and learnt`, hint: 'give one another name' }))
  // What is learnt of a text is a number: that it is a text is no fault here.
  const operands = Object.fromEntries(
    operandsOf(learned).map(({ name, expression }) => [
      name,
      isText(expression) ? isMissing(expression) : expression,
    ]),
  )
  const roles = { key, target }
  return [...unknown, ...twice, ...findDerivedProblems(operands, { schema, roles })]
}

const kinds: readonly Transform['kind'][] = [
  'impute',
  'standardize',
  'quantile',
  'oneHot',
  'ordinal',
  'hash',
  'targetMean',
]
