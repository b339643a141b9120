import { globSync } from 'node:fs'
import { join } from 'node:path'
import { ToolkitError } from '../../core/errors.ts'
import { compareCodePoints } from '../../core/code-point-order.ts'

/**
 * The paths that patterns match, each once, in order. As in a shell, a leading dot is only matched
 * by a dot, and `**` by any number of folders.
 *
 * @throws {ToolkitError} `FILE_MISSING` when a pattern matches nothing
 */
export function findPaths(directory: string, patterns: readonly string[]): string[] {
  const found = new Set<string>()
  for (const pattern of patterns) {
    const matches = globSync(pattern, { cwd: directory }).filter((path) => path !== '.')
    if (matches.length === 0) {
      throw new ToolkitError(
        'FILE_MISSING',
        `nothing matches '${pattern}' in '${join(directory)}'`,
        {
          hint: 'check the pattern, and that the shell has not replaced it: put it in quotes',
          details: { pattern },
        },
      )
    }
    for (const match of matches) found.add(match)
  }
  return [...found].sort(compareCodePoints)
}
