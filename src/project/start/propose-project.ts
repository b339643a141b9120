import { ToolkitError } from '../../core/errors.ts'
import { pluralize } from '../../core/format-number.ts'
import { nameHint } from '../../core/nearest.ts'
import type { ModelOutput } from '../../core/predictor.ts'
import type { Problem } from '../../core/problem.ts'
import type { Field } from '../../core/schema.ts'
import type { ColumnProfile } from '../../data/profile/profile.ts'
import { freeName } from '../../data/table/column.ts'
import { findNameProblems } from '../definition/define-project.ts'
import { outputOfTarget } from '../definition/target-output.ts'
import { countMissing, isUnique, proposeColumn } from './propose-columns.ts'
import type { KnownColumn, ProposedColumn } from './propose-columns.ts'

/** A project for a table that nobody has described yet. */
export interface ProposedProject {
  readonly rows: number
  readonly key: string
  /** Whether no column of the table names the rows, and the key counts them. */
  readonly isNumbered: boolean
  /** The day or moment that is another one in each row, where nothing else names them: they follow one another. */
  readonly time?: string
  readonly target: string
  /** Of a target of two texts or codes the one whose probability is asked for. */
  readonly positive?: string | number
  readonly output: ModelOutput
  /** All columns of the table, in its order; before them the one that counts the rows. */
  readonly columns: readonly ProposedColumn[]
}

/** Texts that a target may have at most. */
const mostClasses = 50
/** Whole numbers of a target are classes up to so many different ones, and numbers beyond. */
const mostCodes = 10

/**
 * Proposes what each column is, which names the rows, what is predicted, and what models may learn from.
 *
 * @param roles.key - found where it is absent: the first column with a value of its own in each row, else their number
 * @param roles.positive - found where it is absent: what means yes, else the rarer one
 * @throws {ToolkitError} `DATA_COLUMN_MISSING`, `CONFIG_INVALID` with all that is wrong with the key and the target
 */
export function proposeProject(known: readonly KnownColumn[], roles: Roles): ProposedProject {
  const { rows, target } = roles
  checkNames(known, roles)
  const profiles = known.map(({ profile }) => profile)
  const found = roles.key ?? findKey(profiles, target, rows)
  const names = known.map(({ profile }) => profile.name)
  const key = found ?? freeName(names, 'row_number')
  const told = profiles.find((profile) => profile.name === target)!
  const columns = [
    ...(found === undefined ? [numberedColumn(key)] : []),
    ...known.map((column) => {
      const proposed = proposeColumn(column, rows)
      if (proposed.name === target) return withLevels(proposed, column.profile)
      return proposed.name === key ? proposed : withoutNeed(proposed)
    }),
  ]
  const { field } = columns.find((column) => column.name === target)!
  const positive = findPositive(field, told, roles.positive)
  const output = outputOfTarget(field, positive)
  const fields = Object.fromEntries(columns.map((column) => [column.name, column.field]))
  const problems = [
    ...findNameProblems({ name: roles.name, schema: { fields } }),
    ...findKeyProblems(profiles, found, roles),
    ...findTargetProblems(told, field),
    ...findPositiveProblems(field, roles),
  ]
  if (output === undefined || problems.length > 0) {
    throw new ToolkitError('CONFIG_INVALID', problems.map(({ what }) => what).join('; '), {
      hint: problems.map(({ hint }) => hint).join('; '),
    })
  }
  const time = found === undefined ? findTime(profiles, rows) : undefined
  const project = {
    rows,
    key,
    isNumbered: found === undefined,
    ...(time !== undefined && { time }),
    target,
    ...(positive !== undefined && { positive }),
    output,
    columns,
  }
  checkUse(project)
  return project
}

/** What the columns are to be. */
interface Roles {
  /** Of the project. */
  readonly name: string
  readonly target: string
  readonly key: string | undefined
  readonly positive: string | undefined
  readonly rows: number
}

function checkUse(project: ProposedProject): void {
  if (listUsed(project).length > 0) return
  const reasons = listUnused(project).map(({ name, reason }) => `'${name}': ${reason}`)
  throw new ToolkitError('CONFIG_INVALID', 'models can learn from none of the columns', {
    hint: reasons.join('; ') || 'add columns beside the key and the target',
  })
}

/** The columns that models learn from. */
export function listUsed({ columns, key, target }: ProposedProject): readonly ProposedColumn[] {
  return columns.filter(({ name, use }) => name !== key && name !== target && use.kind !== 'none')
}

/** The columns that they do not, the key and the target apart, and why. */
export function listUnused({
  columns,
  key,
  target,
}: ProposedProject): readonly { readonly name: string; readonly reason: string }[] {
  return columns.flatMap(({ name, use }) =>
    use.kind === 'none' && name !== key && name !== target ? [{ name, reason: use.reason }] : [],
  )
}

function checkNames(
  known: readonly KnownColumn[],
  { target, key }: { readonly target: string; readonly key: string | undefined },
): void {
  const names = known.map(({ profile }) => profile.name)
  const absent = [target, ...(key === undefined ? [] : [key])].filter(
    (name) => !names.includes(name),
  )
  if (absent.length === 0) return
  throw new ToolkitError(
    'DATA_COLUMN_MISSING',
    `the table has no column ${absent.map((name) => `'${name}'`).join(', ')}`,
    { hint: absent.map((name) => nameHint(name, names, 'columns')).join('; ') },
  )
}

function findKey(
  profiles: readonly ColumnProfile[],
  target: string,
  rows: number,
): string | undefined {
  // A measurement may happen to differ in each row, and so may a day or a moment, of which features are made; they name none.
  return profiles.find(
    (profile) =>
      profile.name !== target &&
      (profile.family === 'text' ||
        (profile.family === 'number' && profile.numbers?.isWhole === true)) &&
      isUnique(profile, rows),
  )?.name
}

function findTime(profiles: readonly ColumnProfile[], rows: number): string | undefined {
  return profiles.find((profile) => profile.family === 'time' && isUnique(profile, rows))?.name
}

function numberedColumn(name: string): ProposedColumn {
  return { name, field: { type: 'integer' }, use: { kind: 'none', reason: 'it numbers the rows' } }
}

function findKeyProblems(
  profiles: readonly ColumnProfile[],
  key: string | undefined,
  { target, rows }: { readonly target: string; readonly rows: number },
): Problem[] {
  const profile = profiles.find(({ name }) => name === key)
  if (profile === undefined) return []
  if (key === target) {
    return [{ what: `'${key}' is key and target`, hint: 'name another column with --key' }]
  }
  if (isUnique(profile, rows)) return []
  const missing = countMissing(profile)
  return [
    {
      what: `'${key}' does not name the rows: ${rows} rows have ${profile.distinct.count} different values, ${missing} none`,
      hint: 'name another column with --key',
    },
  ]
}

/** What no model takes is not in the log of predictions, whose rows may become rows of the project. */
function withoutNeed(column: ProposedColumn): ProposedColumn {
  const { field, use } = column
  return use.kind === 'none' ? { ...column, field: { ...field, nullable: true } } : column
}

/** The target with the levels that tell classes. */
function withLevels(column: ProposedColumn, { distribution }: ColumnProfile): ProposedColumn {
  const { field } = column
  if (field.type === 'text' && distribution.kind === 'categories') {
    const levels = distribution.counts.map(({ value }) => value).sort()
    const isListed = distribution.others === 0 && levels.length <= mostClasses
    return isListed ? { ...column, field: { ...field, levels } } : column
  }
  if (field.type !== 'integer' || distribution.kind !== 'numbers') return column
  const { values: levels, resolution } = distribution
  const isCode = resolution === 0 && levels.length <= mostCodes
  return isCode ? { ...column, field: { ...field, type: 'category', levels } } : column
}

/** What people write for yes, in lower case. */
const yesWords = new Set(['yes', 'y', 'true', 't', 'on', 'positive', 'pos'])

/** The level of two whose probability a person would ask for; that of a boolean needs no name. */
function findPositive(
  field: Field,
  { distribution }: ColumnProfile,
  asked: string | undefined,
): string | number | undefined {
  const levels: readonly (string | number)[] = ('levels' in field && field.levels) || []
  if (asked !== undefined) return levels.find((level) => String(level) === asked)
  if (levels.length !== 2) return undefined
  const yes = levels.filter((level) => yesWords.has(String(level).trim().toLowerCase()))
  if (yes.length === 1) return yes[0]
  const [rows = 0, otherRows = 0] = levels.map((level) => countRows(distribution, level))
  return rows < otherRows ? levels[0] : levels[1]
}

function countRows(distribution: ColumnProfile['distribution'], level: string | number): number {
  if (distribution.kind === 'categories') {
    return distribution.counts.find(({ value }) => value === level)?.count ?? 0
  }
  if (distribution.kind !== 'numbers') return 0
  return distribution.counts[distribution.values.indexOf(Number(level))] ?? 0
}

function findPositiveProblems(field: Field, { target, positive }: Roles): Problem[] {
  if (positive === undefined) return []
  const levels: readonly (string | number)[] = ('levels' in field && field.levels) || []
  const names = levels.map(String)
  if (levels.length === 2 && names.includes(positive)) return []
  return [
    {
      what: `'${positive}' is not one of two values of '${target}'`,
      hint:
        levels.length === 2
          ? `the values are ${names.map((name) => `'${name}'`).join(' and ')}`
          : 'leave --positive out: it is for targets of two texts or codes',
    },
  ]
}

function findTargetProblems(profile: ColumnProfile, field: Field): Problem[] {
  const { name, distinct, type } = profile
  const missing = countMissing(profile)
  const unknown = {
    what: `'${name}' is missing in ${missing} of the rows`,
    hint: 'leave these rows out, or find their targets',
  }
  const problems = missing > 0 ? [unknown] : []
  const isConstant = distinct.count < 2
  if (outputOfTarget(field) !== undefined && !isConstant) return problems
  const isListed = isConstant || field.type === 'text' || field.type === 'category'
  const found = `${distinct.count} different ${pluralize(distinct.count, 'value')}`
  return [
    ...problems,
    {
      what: `'${name}' cannot be predicted: it ${isListed ? `has ${found}` : `is ${type}`}`,
      hint: `predict true and false, a number, or one of 2 to ${mostClasses} texts or codes`,
    },
  ]
}
