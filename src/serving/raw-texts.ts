/** Texts and dates of requests as they were sent, beside the numbers that stand for them in the matrix. */

import { isCodedField } from '../core/input-field.ts'
import type { Matrix } from '../core/matrix.ts'
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
  texts.get(column)?.push(typeof cell === 'string' && cell.trim() !== '' ? cell : null)
}

/** The matrix with what was sent. */
export function withTexts(matrix: Matrix, texts: RawTexts | undefined): Matrix {
  return texts === undefined ? matrix : { ...matrix, texts }
}
