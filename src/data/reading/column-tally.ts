/** What the pass over delimited text counted of a column, and what is decided by it. */

import { cutText } from '../../core/format-number.ts'
import { textClasses, type TextClass } from './cell-classes.ts'
import type { CellForms } from './read-options.ts'

/** How often each class is in a column, and where it is first, by class index. */
export interface ColumnTally {
  readonly name: string
  readonly counts: readonly number[]
  readonly first: readonly (FirstCell | undefined)[]
}

/** The first cell of a class. */
export interface FirstCell {
  /** 1-based line of the file. */
  readonly line: number
  readonly text: string
}

/** What is made of a column. */
export interface TypeDecision {
  /** DuckDB's type that the reader makes of the cells. */
  readonly type: string
  /** SQL that makes the value of a cell read as text, where the reader alone does not. */
  readonly sql?: string
  readonly reason: string
  readonly warning?: string
  /** What is known of how all numbers or days of the column are written; '.' is a decimal point that was seen. */
  readonly forms?: CellForms
  /** The first cell that may be read in two ways, where other columns can tell. */
  readonly doubt?: string
  /** Whether there is nothing to decide by. */
  readonly isUntyped?: boolean
}

/** What a decision asks of a tally. */
export interface Found {
  readonly tally: ColumnTally
  readonly has: (...classes: TextClass[]) => boolean
  /** Whether all cells with a value are of these classes. */
  readonly only: (...classes: TextClass[]) => boolean
  /** Where the first cell of a class stands, and what it is. */
  readonly first: (name: TextClass) => string
}

/** Answers from the counts of a column. */
export function lookInto(tally: ColumnTally): Found {
  const count = (name: TextClass): number => tally.counts[textClasses.indexOf(name)]!
  const present = textClasses.filter((name) => name !== 'missing' && count(name) > 0)
  return {
    tally,
    has: (...classes) => classes.some((name) => count(name) > 0),
    only: (...classes) => present.every((name) => classes.includes(name)),
    first: (name) => place(tally.first[textClasses.indexOf(name)]!),
  }
}

/** Says where a cell stands, as warnings do. */
export function place({ line, text }: FirstCell): string {
  return `first line ${line} '${cutText(text, 40)}'`
}
