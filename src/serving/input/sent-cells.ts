/** Cells of requests as they were sent, beside the matrix: texts and dates, which it has numbers for, and numbers that it rounds. */

import { isCodedField } from '../../core/input-field.ts'
import type { Matrix } from '../../core/matrix.ts'
import { isBlank } from '../../core/schema.ts'
import type { Column } from '../served-model.ts'

/** By column, filled row by row. */
export interface SentCells {
  readonly texts?: ReadonlyMap<number, (string | null)[]>
  /** Of columns that the model takes in 64 bits. */
  readonly doubles?: ReadonlyMap<number, number[]>
}

/** Nothing where the matrix has all that a model takes, so that it costs nothing more. */
export function startSent(columns: readonly Column[]): SentCells | undefined {
  const texts = listsFor<string | null>(columns, ({ field }) => isCodedField(field))
  const doubles = listsFor<number>(columns, ({ takesDoubles }) => takesDoubles === true)
  if (texts.size === 0 && doubles.size === 0) return undefined
  return { ...(texts.size > 0 && { texts }), ...(doubles.size > 0 && { doubles }) }
}

function listsFor<Cell>(
  columns: readonly Column[],
  isKept: (column: Column) => boolean,
): Map<number, Cell[]> {
  return new Map(
    columns.flatMap((column, index) =>
      isKept(column) ? [[index, []] as [number, Cell[]]] : ([] as [number, Cell[]][]),
    ),
  )
}

/** Keeps a cell, where its column is one of these. */
export function keepSent({ texts, doubles }: SentCells, column: number, cell: unknown): void {
  texts?.get(column)?.push(typeof cell === 'string' && !isBlank(cell) ? cell : null)
  doubles?.get(column)?.push(numberOf(cell))
}

/** Puts what is scored in place of the cell that was kept last, where its column is one of these. */
export function replaceSent({ texts, doubles }: SentCells, column: number, used: unknown): void {
  const cells = texts?.get(column)
  if (cells !== undefined) cells[cells.length - 1] = typeof used === 'string' ? used : null
  const numbers = doubles?.get(column)
  if (numbers !== undefined) numbers[numbers.length - 1] = numberOf(used)
}

function numberOf(cell: unknown): number {
  return typeof cell === 'number' || typeof cell === 'boolean' ? Number(cell) : Number.NaN
}

/** The matrix with what was sent. */
export function withSent(matrix: Matrix, sent: SentCells | undefined): Matrix {
  return sent === undefined ? matrix : { ...matrix, ...sent }
}
