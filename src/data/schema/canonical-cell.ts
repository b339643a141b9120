/**
 * A cell of the canonical CSV text, whose hash names the content of a data set:
 * numbers as JavaScript writes them, text in quotes only where it must be,
 * nothing where the cell is missing (NaN, or an empty text).
 */
export function formatCanonicalCell(value: number | string): string {
  if (Number.isNaN(value)) return ''
  const text = String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
