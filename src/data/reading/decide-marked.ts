/** Numbers with commas, several dots, spaces or apostrophes: what is the decimal mark, and what stands between thousands. */

import { quoteName } from '../duckdb-store.ts'
import type { TextClass } from './cell-classes.ts'
import type { Found, TypeDecision } from './column-tally.ts'
import { plainNumberSql } from './marked-cells.ts'
import type { CellForms } from './read-options.ts'

/** Whether the dots in plain numbers are no decimal marks, or may be none. */
export function isDoubtful({ has }: Found, { decimal, thousands }: CellForms): boolean {
  return (decimal === ',' || thousands === '.') && has('decimal', 'dot-group')
}

/** The ways to write a number, and the classes of cells that are numbers in each. */
const ways = [
  {
    forms: { decimal: ',', thousands: '.' },
    words: 'numbers with a decimal comma',
    classes: ['comma-decimal', 'dot-groups', 'comma-group', 'dot-group'],
  },
  {
    forms: { decimal: ',', thousands: ' ' },
    words: 'numbers with a decimal comma and spaces between thousands',
    classes: ['space-comma', 'space-group', 'comma-decimal', 'comma-group'],
  },
  {
    forms: { decimal: '.', thousands: ',' },
    words: 'numbers with commas between thousands',
    classes: ['comma-groups', 'comma-group', 'decimal', 'dot-group'],
  },
  {
    forms: { decimal: '.', thousands: ' ' },
    words: 'numbers with spaces between thousands',
    classes: ['space-dot', 'space-group', 'decimal', 'dot-group'],
  },
  {
    forms: { decimal: ',', thousands: "'" },
    words: 'numbers with a decimal comma and apostrophes between thousands',
    classes: ['apostrophe-comma', 'apostrophe-group', 'comma-decimal', 'comma-group'],
  },
  {
    forms: { decimal: '.', thousands: "'" },
    words: 'numbers with apostrophes between thousands',
    classes: ['apostrophe-dot', 'apostrophe-group', 'decimal', 'dot-group'],
  },
] as const satisfies readonly Way[]

interface Way {
  readonly forms: { readonly decimal: '.' | ','; readonly thousands: '.' | ',' | ' ' | "'" }
  readonly words: string
  /** The first that is there is shown. */
  readonly classes: readonly TextClass[]
}

/** @param marks - what is known of the file */
export function decideMarked(found: Found, marks: CellForms): TypeDecision {
  const { tally, has, only, first } = found
  const way = ways.find(
    ({ forms, classes }) => isKnown(found, forms, marks) && only('integer', ...classes),
  )
  const firstOf = (kinds: readonly TextClass[]): string => first(kinds.find((kind) => has(kind))!)
  if (way !== undefined) {
    const { forms, classes, words } = way
    return {
      type: 'DOUBLE',
      sql: `CAST(${plainNumberSql(quoteName(tally.name), forms)} AS DOUBLE)`,
      forms: formsOf(found, forms),
      reason: `${words}, ${firstOf(classes)}`,
    }
  }
  if (only('integer', 'space-group')) {
    return {
      type: 'VARCHAR',
      reason: 'its spaces may stand between thousands',
      warning: `'${tally.name}' is text: its spaces may stand between thousands, ${first('space-group')}; --thousands ' ' says that they do`,
      doubt: first('space-group'),
    }
  }
  const odd = ['comma-group', 'comma-decimal', 'comma-groups', 'dot-groups', 'decimal'] as const
  const example = firstOf([...odd, 'dot-group', ...spaced, ...apostrophes])
  return {
    type: 'VARCHAR',
    reason: 'its commas and dots may be decimal marks or stand between thousands',
    warning: `'${tally.name}' is text: decimal marks and marks between thousands cannot be told apart, ${example}`,
    ...(only('integer', 'comma-group') && { doubt: example }),
  }
}

/** Whether numbers are written so for sure: it was said, or a cell of the column cannot be read otherwise. */
function isKnown(found: Found, way: Way['forms'], { decimal, thousands }: CellForms): boolean {
  if (decimal !== undefined && decimal !== way.decimal) return false
  if (thousands !== undefined) return thousands === way.thousands
  return decimal !== undefined || isProven(found, way)
}

function isProven({ has }: Found, { decimal, thousands }: Way['forms']): boolean {
  if (decimal === ',') return has('comma-decimal', proofs[thousands])
  if (thousands === ',') return has('comma-groups') || (has('comma-group') && has('decimal'))
  // Nothing else has apostrophes among digits.
  if (thousands === "'") return has('apostrophe-dot', 'apostrophe-group')
  return has('space-dot', 'decimal')
}

/** The marks that are in any cell: whole numbers without marks say nothing of them. */
function formsOf({ has, only }: Found, { decimal, thousands }: Way['forms']): CellForms {
  const grouped = {
    '.': ['dot-groups', 'dot-group'],
    ',': ['comma-groups', 'comma-group'],
    ' ': spaced,
    "'": apostrophes,
  } as const
  return {
    ...(!only('integer', 'space-group', 'apostrophe-group') && { decimal }),
    ...(has(...grouped[thousands]) && { thousands }),
  }
}

const spaced = ['space-group', 'space-comma', 'space-dot'] as const
const apostrophes = ['apostrophe-group', 'apostrophe-comma', 'apostrophe-dot'] as const

/** What is written with a decimal comma, and these marks, for sure. */
const proofs = {
  '.': 'dot-groups',
  ',': 'comma-decimal',
  ' ': 'space-comma',
  "'": 'apostrophe-comma',
} as const
