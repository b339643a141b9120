/** What a project's models give, which follows from the field of its target. */

import { ownMember } from '../../core/own-member.ts'
import { classesOf, type ModelOutput } from '../../core/predictor.ts'
import type { Problem } from '../../core/problem.ts'
import { isTimeField, type Field, type Schema } from '../../core/schema.ts'
import type { Transform } from '../../training/transforms/transform.ts'

/** What is wrong with a definition, and what to do about it. */
/**
 * What models give for a target of this field: of a boolean its probability, of a number a value, of a category or a text with
 * levels a probability for each level. `undefined` where nothing of the kind can be predicted.
 *
 * @param positive - the one of two levels whose probability they give instead
 */
export function outputOfTarget(field: Field, positive?: string | number): ModelOutput | undefined {
  switch (field.type) {
    case 'boolean':
      return { kind: 'probability' }
    case 'integer':
    case 'number':
      return { kind: 'value' }
    case 'category':
    case 'text': {
      const classes = field.levels ?? []
      if (classes.length < 2) return undefined
      if (positive === undefined) return { kind: 'classes', classes }
      return {
        kind: 'probability',
        classes: [classes.find((name) => name !== positive)!, positive],
      }
    }
    case 'date':
    case 'datetime':
      return undefined
  }
}

/** The part of a project's definition that this is about. */
interface Outcome {
  readonly schema: Schema
  readonly target: string
  readonly positive?: string | number
  readonly weight?: string
  readonly learned?: Readonly<Record<string, Transform>>
}

/** What is wrong with the target and the weight of a definition, which are columns. */
export function findTargetProblems(outcome: Outcome): Problem[] {
  const { schema, target, positive, weight, learned } = outcome
  const field = ownMember(schema.fields, target)
  const output = field === undefined ? undefined : outputOfTarget(field, positive)
  const problems = field === undefined ? [] : findPositiveProblems(outcome, field)
  if (field !== undefined && output === undefined) {
    problems.push({
      what: `the target '${target}' is ${describeUnpredicted(field)}`,
      hint: 'predict a boolean, a number, or a category or text of two levels or more',
    })
  }
  if (output?.kind === 'classes') {
    problems.push(...findClassProblems(target, output.classes))
    const means = Object.entries(learned ?? {}).filter(([, { kind }]) => kind === 'targetMean')
    problems.push(
      ...means.map(([name]) => ({
        what: `'${name}' is the mean of a target of classes, which have none`,
        hint: `make '${name}' one-hot or ordinal`,
      })),
    )
  }
  return weight === undefined
    ? problems
    : [...problems, ...findWeightProblems(weight, ownMember(schema.fields, weight))]
}

function findPositiveProblems({ target, positive }: Outcome, field: Field): Problem[] {
  if (positive === undefined) return []
  const levels: readonly (string | number)[] = ('levels' in field && field.levels) || []
  const isOneOfTwo = new Set(levels).size === 2 && levels.length === 2 && levels.includes(positive)
  if (isOneOfTwo) return []
  return [
    {
      what: `positive is ${JSON.stringify(positive)}, which is not one of two levels of the target '${target}'`,
      hint: `give '${target}' two levels and name one of them, or leave positive out`,
    },
  ]
}

function describeUnpredicted(field: Field): string {
  if (isTimeField(field)) return field.type === 'date' ? 'a date' : 'a time'
  const count = 'levels' in field ? (field.levels?.length ?? 0) : 0
  return `a ${field.type} ${count === 0 ? 'without levels' : 'of one level'}`
}

function findClassProblems(target: string, classes: readonly (string | number)[]): Problem[] {
  if (new Set(classes.map(String)).size === classes.length) return []
  return [
    { what: `a level of the target '${target}' is there twice`, hint: 'name each class once' },
  ]
}

function findWeightProblems(name: string, field: Field | undefined): Problem[] {
  // That it is no column is said elsewhere.
  if (field === undefined) return []
  const isNumber = field.type === 'integer' || field.type === 'number'
  if (isNumber && (field.min ?? -1) >= 0 && field.nullable !== true) return []
  return [
    {
      what: `the weight '${name}' may be something else than a number from 0 on`,
      hint: `give '${name}' the type number or integer and a min of at least 0, and do not make it nullable`,
    },
  ]
}

/** The columns that a fit and its measurement read beside the features. */
export interface TargetColumns {
  readonly target: string
  /** Of a target of texts or codes, whose rows are then read as places among these. */
  readonly classes?: readonly (string | number)[]
  /** How much each row counts. */
  readonly weight?: string
}

/** Which columns tell a project's outcome, as `readFeatures` takes them. */
export function targetColumnsOf(
  project: Pick<Outcome, 'target' | 'weight'> & { readonly output: ModelOutput },
): TargetColumns {
  const { target, weight } = project
  const classes = classesOf(project.output)
  return {
    target,
    ...(classes !== undefined && { classes }),
    ...(weight !== undefined && { weight }),
  }
}
