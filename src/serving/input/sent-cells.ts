/** Cells of requests as they were sent, beside the matrix: texts, dates and moments, which it has numbers for, and numbers that it rounds. */

import { encodeCoded, isCodedField, type InputField } from '../../core/input-field.ts'
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

/** A column of the model. */
interface Place {
  readonly column: number
  readonly field: InputField
}

/** Keeps a cell, where its column is one of these. */
export function keepSent({ texts, doubles }: SentCells, place: Place, cell: unknown): void {
  const { column, field } = place
  texts?.get(column)?.push(typeof cell === 'string' && !isBlank(cell) ? cell : null)
  doubles?.get(column)?.push(numberOf(field, cell))
}

/** Puts what is scored in place of the cell that was kept last, where its column is one of these. */
export function replaceSent({ texts, doubles }: SentCells, place: Place, used: unknown): void {
  const { column, field } = place
  const cells = texts?.get(column)
  if (cells !== undefined) cells[cells.length - 1] = typeof used === 'string' ? used : null
  const numbers = doubles?.get(column)
  if (numbers !== undefined) numbers[numbers.length - 1] = numberOf(field, used)
}

function numberOf(field: InputField, cell: unknown): number {
  if (typeof cell === 'string') return isCodedField(field) ? encodeCoded(field, cell) : Number.NaN
  return typeof cell === 'number' || typeof cell === 'boolean' ? Number(cell) : Number.NaN
}

/** The matrix with what was sent. */
export function withSent(matrix: Matrix, sent: SentCells | undefined): Matrix {
  return sent === undefined ? matrix : { ...matrix, ...sent }
}
