import { formatCsvCell } from '../../core/csv-cell.ts'

/**
 * A cell of the canonical CSV text, whose hash names the content of a data set:
 * numbers as JavaScript writes them, text in quotes only where it must be,
 * nothing where the cell is missing (NaN, or an empty text).
 */
export function formatCanonicalCell(value: number | string): string {
  return Number.isNaN(value) ? '' : formatCsvCell(String(value))
}
