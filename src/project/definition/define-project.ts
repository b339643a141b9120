import { ToolkitError } from '../../core/errors.ts'
import { encodeCoded } from '../../core/input-field.ts'
import { nameHint } from '../../core/nearest.ts'
import { ownMember } from '../../core/own-member.ts'
import type { ModelOutput } from '../../core/predictor.ts'
import type { Problem } from '../../core/problem.ts'
import { isField, isTimeField, type Field, type Fields, type Schema } from '../../core/schema.ts'
import {
  findDerivedProblems,
  listDerivedFeatures,
  listModelInputs,
  type DerivedFeature,
} from '../../data/derived-features.ts'
import {
  foldColumn,
  listFeatures,
  rowColumn,
  type Feature,
  type FeatureSpec,
  type ModelInput,
} from '../../data/features.ts'
import { checkExpressions } from '../../data/expressions/check-expression.ts'
import { findColumns } from '../../data/expressions/walk-expression.ts'
import type { Transform } from '../../training/transforms/transform.ts'
import { findLearnedProblems, operandsOf } from './learned-features.ts'
import { type Direction, findMonotoneProblems, withDirections } from './monotone-features.ts'
import type { Citation, DataSource } from '../../data/source.ts'
import { findPolicyProblems, type ProjectServing } from './field-policies.ts'
import { findFeatureStoreProblems, type ProjectFeatures } from './project-features.ts'
import { findTargetProblems, outputOfTarget } from './target-output.ts'

/** Everything a project defines in code; numbers live in params.yaml, commands in dvc.yaml. */
export interface ProjectDefinition<F extends Fields = Fields> {
  /** Names the files, the experiment and the registered model: letters, digits, `_` and `-`. */
  readonly name: string
  readonly schema: Schema<F>
  /** The column that names a row; unique, never a feature. */
  readonly key: keyof F & string
  /**
   * The column to predict: a boolean, whose probability models give; a number, of which they give a value; or a category or
   * text with levels, for each of which they give a probability.
   */
  readonly target: keyof F & string
  /** Of a target with two levels the one whose probability models give, as if the target were a boolean. */
  readonly positive?: string | number
  /** The column that says how much each row counts, in fits and in metrics: a number from 0 on, never a feature. */
  readonly weight?: keyof F & string
  /**
   * The column whose rows belong together, such as the customer of several rows: a fold has all rows of one value, so that
   * models are judged by rows of others than they learnt from. Never a feature.
   */
  readonly group?: keyof F & string
  /**
   * The column that says when a row was: a day, a moment, or a number that grows. Models are judged by the newest rows, fold 0, and
   * learn from older ones.
   */
  readonly time?: keyof F & string
  /** The columns models use; see `Encoding`. */
  readonly features: FeatureSpec<F>
  /** Features that are computed of columns, by name; `feature` has the functions that make them. */
  readonly derived?: Readonly<Record<string, DerivedFeature>>
  /** Features that are learnt from the training rows, by name; learnt anew by each fit. */
  readonly learned?: Readonly<Record<string, Transform>>
  /**
   * Features with which the probability may only rise or only fall, other things being equal. Boosted trees hold it;
   * the other models do not look at it.
   */
  readonly monotone?: Readonly<Record<string, Direction>>
  /** Features that come from facts with moments; see `ProjectFeatures`. */
  readonly featureStore?: ProjectFeatures
  /** What a server does with values that columns do not admit; it refuses them by default. */
  readonly serving?: ProjectServing<keyof F & string>
  /** Tried in order by `mlpt ingest`. */
  readonly sources: readonly DataSource[]
  /** The source of record. */
  readonly citation: Citation
}

/** A checked definition, with its features listed in the order of the schema, the derived ones behind; not the learnt ones. */
export interface Project extends ProjectDefinition {
  readonly featureList: readonly Feature[]
  /** The raw columns that models take: those that are features or that derived ones are made of. */
  readonly inputList: readonly ModelInput[]
  /** What the models give, by the field of the target. */
  readonly output: ModelOutput
}

/**
 * Defines a project. The compiler checks every column name and encoding
 * against the schema; the same checks run again for projects nobody compiled.
 *
 * @throws {ToolkitError} `CONFIG_INVALID` with all problems at once.
 *
 * @example
 * ```ts
 * import { defineProject, defineSchema } from 'ml-pipeline-toolkit'
 * const schema = defineSchema({
 *   id: { type: 'integer' },
 *   age: { type: 'integer', min: 18, max: 100 },
 *   defaulted: { type: 'boolean' },
 * })
 * const project = defineProject({
 *   name: 'loans',
 *   schema,
 *   key: 'id',
 *   target: 'defaulted',
 *   features: { age: 'standardize' },
 *   sources: [{ kind: 'folder', path: 'data', files: ['loans.csv'] }],
 *   citation: { title: 'Loans', url: 'https://example.com', licence: 'CC0' },
 * })
 * project.featureList.map((feature) => feature.name) // => ['age']
 * ```
 */
export function defineProject<const F extends Fields>(project: {
  readonly name: string
  readonly schema: Schema<F>
  readonly key: NoInfer<keyof F & string>
  readonly target: NoInfer<keyof F & string>
  readonly positive?: string | number
  readonly weight?: NoInfer<keyof F & string>
  readonly group?: NoInfer<keyof F & string>
  readonly time?: NoInfer<keyof F & string>
  readonly features: FeatureSpec<NoInfer<F>>
  readonly derived?: Readonly<Record<string, DerivedFeature>>
  readonly learned?: Readonly<Record<string, Transform>>
  readonly monotone?: Readonly<Record<string, Direction>>
  readonly featureStore?: ProjectFeatures
  readonly serving?: ProjectServing<NoInfer<keyof F & string>>
  readonly sources: readonly DataSource[]
  readonly citation: Citation
}): Project {
  // The typed parameter has done its work; inside, a project is names and fields.
  const definition: ProjectDefinition = project
  checkDefinition(definition)
  const { schema, features, derived, learned = {}, monotone } = definition
  // There is a target and it can be predicted: both were checked.
  const output = outputOfTarget(schema.fields[definition.target]!, definition.positive)!
  const featureList = withDirections(
    [...listFeatures(schema, features), ...listDerivedFeatures(derived)],
    monotone,
  )
  return {
    ...definition,
    featureList,
    inputList: listModelInputs(schema, [...featureList, ...operandsOf(learned)]),
    output,
  }
}

const reservedColumns = new Set([rowColumn, foldColumn])

function checkDefinition(project: ProjectDefinition): void {
  const problems = [
    ...findNameProblems(project),
    ...findFieldProblems(project),
    ...findRoleProblems(project),
    ...findTargetProblems(project),
    ...findStoreProblems(project),
    ...findReservedProblems(project),
    ...findDerivedProblems(project.derived ?? {}, {
      schema: project.schema,
      roles: { key: project.key, target: project.target },
    }),
    ...findLearnedProblems(project),
    ...findMonotoneProblems(project),
    ...findPolicyProblems(project, findUsedColumns(project)),
  ]
  if (Object.keys({ ...project.features, ...project.derived, ...project.learned }).length === 0) {
    problems.push({ what: 'there are no features', hint: 'name at least one column' })
  }
  if (problems.length === 0) return
  throw new ToolkitError(
    'CONFIG_INVALID',
    `project.ts: ${problems.map((problem) => problem.what).join('; ')}`,
    { hint: problems.map((problem) => problem.hint).join('; ') },
  )
}

/** What is wrong with the name of a project, and with those of its columns. */
export function findNameProblems(
  project: Pick<ProjectDefinition, 'name' | 'schema'>,
): readonly Problem[] {
  const reserved = Object.keys(project.schema.fields)
    .filter((name) => reservedColumns.has(name))
    .map((name) => ({
      what: `a column may not be called '${name}'`,
      hint: `rename '${name}': the feature table has a column of that name`,
    }))
  if (/^[A-Za-z][\w-]{0,99}$/.test(project.name)) return reserved
  const unusable = {
    what: `the name '${project.name}' is not usable`,
    hint: 'start with a letter; use letters, digits, _ and -',
  }
  return [unusable, ...reserved]
}

function findReservedProblems({ derived, learned }: ProjectDefinition): Problem[] {
  return Object.keys({ ...derived, ...learned })
    .filter((name) => reservedColumns.has(name) || name === '')
    .map((name) => ({
      what: `a feature may not be called '${name}'`,
      hint: `give it another name: '${name}' is one of the feature table`,
    }))
}

function findFieldProblems({ schema }: ProjectDefinition): Problem[] {
  return Object.entries(schema.fields).flatMap(([name, field]) => {
    if (!isField(field)) {
      return [
        {
          what: `'${name}' is no field: ${JSON.stringify(field)}`,
          hint: `give '${name}' a type, and what docs/schema.md has for it`,
        },
      ]
    }
    if (!('min' in field) || !('max' in field)) return []
    const { min, max } = field
    if (min === undefined || max === undefined || !isAbove(field, min, max)) return []
    return [
      {
        what: `'${name}' admits nothing: its min ${min} is above its max ${max}`,
        hint: `turn the bounds of '${name}' round`,
      },
    ]
  })
}

function isAbove(field: Field, min: number | string, max: number | string): boolean {
  const [low, high] = [min, max].map((bound) =>
    isTimeField(field) ? encodeCoded(field, String(bound)) : Number(bound),
  )
  return !(low! <= high!)
}

function findStoreProblems(project: ProjectDefinition): Problem[] {
  const { featureStore, schema } = project
  if (featureStore === undefined) return []
  const used = findUsedColumns(project)
  return findFeatureStoreProblems(featureStore, { fields: schema.fields, used }).map((what) => ({
    what,
    hint: 'docs/feature-store.md has what a feature store of a project needs',
  }))
}

/** The columns that are features or of which such are made; all of them where that cannot be told. */
function findUsedColumns({ schema, features, derived, learned }: ProjectDefinition): Set<string> {
  const names = new Set(Object.keys(features))
  try {
    const operands = operandsOf(learned ?? {}).map(({ name, expression }) => [name, expression])
    const made: Record<string, unknown> = { ...derived, ...Object.fromEntries(operands) }
    checkExpressions(made, { place: 'derived', fields: schema.fields })
    for (const { name } of Object.values(made).flatMap(findColumns)) names.add(name)
    return names
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error
    return new Set(Object.keys(schema.fields))
  }
}

function findRoleProblems(project: ProjectDefinition): Problem[] {
  const names = Object.keys(project.schema.fields)
  const roles = (['key', 'target', 'weight', 'group', 'time'] as const).flatMap((role) => {
    const name = project[role]
    return name === undefined ? [] : [{ role, name }]
  })
  const absent = roles
    .filter(({ name }) => !names.includes(name))
    .map(({ role, name }) => ({
      what: `the ${role} '${name}' is no column`,
      hint: nameHint(name, names, 'columns'),
    }))
  const amongFeatures = roles
    .filter(({ role, name }) => role !== 'time' && Object.hasOwn(project.features, name))
    .map(({ role, name }) => ({
      what: `the ${role} '${name}' is among the features`,
      hint: `remove '${name}' from the features`,
    }))
  const twice = roles
    .filter(({ name }, i) => roles.findIndex((other) => other.name === name) < i)
    .map(({ role, name }) => ({
      what: `'${name}' is the ${role} and something else`,
      hint: 'give each role a column of its own',
    }))
  return [...absent, ...amongFeatures, ...twice, ...findTimeProblems(project)]
}

function findTimeProblems({ schema, group, time }: ProjectDefinition): Problem[] {
  if (time === undefined) return []
  const type = ownMember(schema.fields, time)?.type
  const problems: Problem[] = []
  if (type !== undefined && !['date', 'datetime', 'integer', 'number'].includes(type)) {
    problems.push({
      what: `the time '${time}' is ${type}`,
      hint: 'name a column of days, moments or numbers',
    })
  }
  if (group !== undefined) {
    problems.push({ what: `there is a group and a time`, hint: 'hold rows out by one of them' })
  }
  return problems
}
