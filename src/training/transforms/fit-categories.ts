import { fill, hash, lookup } from '../../data/expressions/build-expression.ts'
import type { NumberExpression, TextExpression } from '../../data/expressions/expression.ts'
import { isText } from '../../data/expressions/sort-of-expression.ts'
import { toFunction } from '../../data/expressions/to-function.ts'
import { unlearnable } from './fit-numbers.ts'
import type { Cells, FittedFeatures, HashTransform, OneHot, Ordinal } from './transform.ts'

type Category = number | string

/** @throws {ToolkitError} `TRAINING_INVALID` when there is no category to learn from */
export function fitOneHot(
  name: string,
  { operand, maxCategories = Infinity }: OneHot,
  cells: Cells,
): FittedFeatures {
  const counts = new Map<Category, number>()
  for (const cell of cells) if (cell !== null) counts.set(cell, (counts.get(cell) ?? 0) + 1)
  const kept = categoriesIn(cells)
    .toSorted((a, b) => counts.get(b)! - counts.get(a)!)
    .slice(0, maxCategories)
  return Object.fromEntries(
    sortCategories(kept).map((category) => [
      `${name}=${category}`,
      fill(lookUp(operand, [[category, 1]], 0), 0),
    ]),
  )
}

/** @throws {ToolkitError} `TRAINING_INVALID` when there is no category to learn from */
export function fitOrdinal({ operand }: Ordinal, cells: Cells): NumberExpression {
  return lookUp(
    operand,
    categoriesIn(cells).map((category, i) => [category, i]),
  )
}

/** @throws {ToolkitError} `TRAINING_INVALID` when there is no text to learn from */
export function fitHash({ operand, buckets }: HashTransform, cells: Cells): NumberExpression {
  if (!Number.isInteger(buckets) || buckets < 1 || buckets > 2 ** 32 - 1) {
    throw unlearnable(`asks for ${buckets} buckets, expected a whole number from 1`)
  }
  const bucketOf = toFunction(hash({ kind: 'textColumn', name: 'text' }, buckets))
  return lookUp(
    operand,
    categoriesIn(cells).map((text) => [text, bucketOf({ text })!]),
  )
}

/** The categories that are there, in order: numbers by size, texts by their code units. */
export function categoriesIn(cells: Cells): Category[] {
  const seen = new Set(cells.filter((cell) => cell !== null))
  if (seen.size === 0) throw unlearnable('is missing in all rows')
  return sortCategories([...seen])
}

function sortCategories(categories: readonly Category[]): Category[] {
  return categories.toSorted((a, b) =>
    typeof a === 'number' && typeof b === 'number' ? a - b : a < b ? -1 : 1,
  )
}

/** A look-up of either sort, by the sort of the operand. */
export function lookUp(
  operand: NumberExpression | TextExpression,
  entries: readonly (readonly [Category, number])[],
  otherwise?: number,
): NumberExpression {
  return isText(operand)
    ? lookup(
        operand,
        entries.map(([key, number]) => [String(key), number]),
        otherwise,
      )
    : lookup(
        operand,
        entries.map(([key, number]) => [Number(key), number]),
        otherwise,
      )
}
