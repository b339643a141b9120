/** A key that one JSON object has twice; JSON.parse would silently keep the last. */
export interface DuplicateKey {
  readonly key: string
  /** 1-based line of the second occurrence. */
  readonly line: number
}

/** Finds repeated keys in a text that JSON.parse accepts. */
export function findDuplicateKeys(json: string): DuplicateKey[] {
  const found: DuplicateKey[] = []
  /** Keys of the objects around the current place; `undefined` for a list. */
  const around: (Set<string> | undefined)[] = []
  for (const match of json.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/gs)) {
    const [token, colon] = match
    if (token === '{') around.push(new Set())
    else if (token === '[') around.push(undefined)
    else if (token === '}' || token === ']') around.pop()
    else if (colon !== undefined) {
      const key = String(JSON.parse(token.slice(0, -colon.length)))
      const keys = around.at(-1)
      if (keys?.has(key) === true) found.push({ key, line: lineOf(json, match.index) })
      keys?.add(key)
    }
  }
  return found
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}
