/** The columns of a table whose rows are objects. */

import { ToolkitError } from '../../core/errors.ts'

/** The keys that some objects have, in their order, and how many objects. */
export interface KeyList {
  readonly keys: readonly string[]
  readonly count: number
}

/** All keys in the order in which they first appear, and a warning when not every object has all. */
export function unionOfKeys(lists: readonly KeyList[]): {
  readonly names: readonly string[]
  readonly warning?: string
} {
  const counts = new Map<string, number>()
  let rows = 0
  for (const { keys, count } of lists) {
    rows += count
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + count)
  }
  const names = [...counts.keys()]
  const partial = [...counts].filter(([, count]) => count < rows)
  const [first] = partial
  if (first === undefined) return { names }
  const such = `'${first[0]}' (in ${first[1]} of ${rows})`
  const verb = partial.length === 1 ? 'key is' : 'keys are'
  return { names, warning: `${partial.length} ${verb} not in every object: ${such}` }
}

/** @throws {ToolkitError} `DATA_FILE_INVALID` for names that SQL cannot tell apart, all of them */
export function checkNames(names: readonly string[], path: string): void {
  const faults: string[] = []
  const seen = new Map<string, string>()
  for (const [i, name] of names.entries()) {
    const before = seen.get(name.toLowerCase())
    if (name === '') faults.push(`${path}: column ${i + 1} has no name`)
    // SQL would end there.
    else if (name.includes('\0')) faults.push(`${path}: the name of column ${i + 1} has a NUL`)
    else if (before === name) faults.push(`${path}: two columns are called '${name}'`)
    else if (before !== undefined) {
      faults.push(`${path}: columns '${before}' and '${name}' differ only in the case of letters`)
    }
    seen.set(name.toLowerCase(), name)
  }
  if (faults.length === 0) return
  throw new ToolkitError('DATA_FILE_INVALID', faults.slice(0, 20).join('\n'), {
    hint: 'give each column its own name',
  })
}
