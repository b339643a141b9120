/** Length of a text in code points, as Python and DuckDB count it. */
export function countCodePoints(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}
