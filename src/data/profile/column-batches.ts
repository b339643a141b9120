/** So many cells, of numbers 8 MB, are described at once. */
const cellsAtOnce = 1_000_000

/** More in one statement make it no quicker, and each count of different values takes two megabytes. */
const columnsAtOnce = 100

/**
 * Columns that one statement asks about. A statement costs as much as its table is wide, so one
 * for each column of a wide table would take the square of its width; of a tall table there is
 * one column at a time, since only what is found is kept.
 */
export function batchColumns<T>(columns: readonly T[], rows: number): readonly (readonly T[])[] {
  const fitting = Math.floor(cellsAtOnce / Math.max(rows, 1))
  const size = Math.max(1, Math.min(columnsAtOnce, fitting))
  const count = Math.ceil(columns.length / size)
  return Array.from({ length: count }, (_, i) => columns.slice(i * size, (i + 1) * size))
}
