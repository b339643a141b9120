/** JSON for files people and diffs read: two spaces, a final newline, keys in the order given. */
export function formatJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}

/** Whether a value that came out of JSON or YAML is an object with members, not a list or null. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What a text holds as JSON; undefined when it is none, which the caller says, who knows the file. */
export function parseJsonText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
