/** Texts and dates of requests as they were sent, beside the numbers that stand for them in the matrix. */

import { isCodedField } from '../core/input-field.ts'
import type { Matrix } from '../core/matrix.ts'
import { isBlank } from '../core/schema.ts'
import type { Column } from './served-model.ts'

/** By column, filled row by row. */
export type RawTexts = ReadonlyMap<number, (string | null)[]>

/** Nothing where a model takes numbers alone, so that a matrix of them costs nothing more. */
export function startTexts(columns: readonly Column[]): RawTexts | undefined {
  if (!columns.some(({ field }) => isCodedField(field))) return undefined
  return new Map(
    columns.flatMap(({ field }, column) =>
      isCodedField(field) ? [[column, []] as [number, (string | null)[]]] : [],
    ),
  )
}

/** Keeps a cell, where its column is one of texts or dates. */
export function keepText(texts: RawTexts, column: number, cell: unknown): void {
  texts.get(column)?.push(typeof cell === 'string' && !isBlank(cell) ? cell : null)
}

/** Puts what is scored in place of the cell that was kept last, where its column is one of texts or dates. */
export function replaceText(texts: RawTexts, column: number, used: unknown): void {
  const cells = texts.get(column)
  if (cells !== undefined) cells[cells.length - 1] = typeof used === 'string' ? used : null
}

/** The matrix with what was sent. */
export function withTexts(matrix: Matrix, texts: RawTexts | undefined): Matrix {
  return texts === undefined ? matrix : { ...matrix, texts }
}
