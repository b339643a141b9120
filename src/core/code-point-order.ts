/** Orders text as Python and DuckDB do: by code points, where JavaScript compares UTF-16 units. For `sort`. */
export function compareCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
