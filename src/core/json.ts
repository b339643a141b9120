/** JSON for files people and diffs read: two spaces, a final newline, keys in the order given. */
export function formatJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}
