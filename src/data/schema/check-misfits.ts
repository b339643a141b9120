import { ToolkitError } from '../../core/errors.ts'
import { classifyText, type TextClass } from '../reading/cell-classes.ts'
import type { Misfit, Misfits } from './find-misfits.ts'

/** What follows from a cell that does not fit the schema: an error, or a note. */
export const schemaPolicies = ['warn', 'error'] as const
export type SchemaPolicy = (typeof schemaPolicies)[number]

/**
 * Refuses a table whose cells do not fit the schema. With the policy 'warn' it
 * gives the same text instead, unless a cell cannot be stored at all.
 *
 * @returns what to tell the user, or `undefined` when every cell fits
 * @throws {ToolkitError} `DATA_CELL_INVALID` with the first 20 cells and the number in each column
 */
export function checkMisfits(misfits: Misfits, policy: SchemaPolicy): string | undefined {
  const { total, unstorable, counts } = misfits
  if (total === 0) return undefined
  const message = describeMisfits(misfits)
  if (policy === 'warn' && unstorable === 0) return message
  throw new ToolkitError('DATA_CELL_INVALID', message, {
    hint: `mend the cells, or ${isMarked(misfits) ? "say how numbers and days are written with read: { decimal: ',' }, thousands and dateOrder of the source in project.ts, or " : ''}change the field in project.ts${unstorable === 0 ? ', or set checks.schema to warn in params.yaml' : ''}`,
    details: { total, counts: Object.fromEntries(counts) },
  })
}

/** Whether any of the cells is a number or a day that is written in other forms. */
export function isMarked({ examples }: Misfits): boolean {
  return examples.some(
    ({ field, text }) =>
      field.type !== 'text' && text !== undefined && markedClasses.has(classifyText(text)),
  )
}

const markedClasses = new Set<TextClass>([
  'comma-decimal',
  'comma-group',
  'comma-groups',
  'dot-groups',
  'space-group',
  'space-comma',
  'space-dot',
  'apostrophe-group',
  'apostrophe-comma',
  'apostrophe-dot',
  'day-first',
  'month-first',
  'doubtful-date',
  'day-first-time',
  'month-first-time',
  'doubtful-time',
])

/** Says how many cells do not fit, in which columns, and the first of them, a line each. */
export function describeMisfits({ total, counts, examples }: Misfits): string {
  const head = total === 1 ? 'a cell does not fit' : `${total} cells do not fit`
  const perColumn = [...counts].map(([name, count]) => `${count} in '${name}'`).join(', ')
  const lines = examples.map((example) => `\n    ${describeMisfit(example)}`)
  const more = total > examples.length ? `\n    … and ${total - examples.length} more` : ''
  return `${head} the schema${counts.size > 1 ? ` (${perColumn})` : ''}:${lines.join('')}${more}`
}

function describeMisfit({ place, name, text, expected }: Misfit): string {
  const found = text === undefined ? 'missing' : `'${text}'`
  return `${place}: '${name}' is ${found}, expected ${expected}`
}
