/** Names of experiments: made from their content, or checked when the user gives them. */

import { createHash } from 'node:crypto'
import { ToolkitError } from '../../core/errors.ts'
import { adjectives, nouns } from './name-words.ts'

/**
 * The names that an experiment may get, best first, without end: an adjective and a noun that follow
 * from its content, so that the same experiment is called the same wherever it runs. The second and
 * later ones are for when a different experiment has the name already.
 *
 * @param content - what the experiment starts from, as a hash
 * @yields one name after another
 */
export function* candidateNames(content: string): Generator<string, never> {
  for (let i = 0; ; i++) {
    const digest = createHash('sha256').update(`${content}\0${i}`).digest()
    const adjective = adjectives[digest.readUInt32BE(0) % adjectives.length]
    yield `${adjective}-${nouns[digest.readUInt32BE(4) % nouns.length]}`
  }
}

/**
 * Checks that a name can be the last part of a git reference, and, as in DVC, has no slash.
 *
 * @throws {ToolkitError} `CLI_USAGE`
 */
export function checkExperimentName(name: string): void {
  const reason = reasonAgainst(name)
  if (reason === undefined) return
  throw new ToolkitError('CLI_USAGE', `'${name}' cannot name an experiment: ${reason}`, {
    hint: 'use letters, digits, dots, dashes and underscores',
    details: { name },
  })
}

function reasonAgainst(name: string): string | undefined {
  if (name === '') return 'it is empty'
  if (name.length > 200) return 'it is longer than 200 characters'
  // oxlint-disable-next-line no-control-regex -- git refuses them
  const bad = /[\u0000-\u0020\u007f~^:?*[\\/]/.exec(name)?.[0]
  if (bad !== undefined) return `git does not allow ${JSON.stringify(bad)} in it`
  if (name.includes('..') || name.includes('@{') || name === '@')
    return `git gives '..' and '@' a meaning`
  if (name.startsWith('-')) return `it starts with '-'`
  if (name.startsWith('.') || name.endsWith('.') || name.endsWith('.lock')) {
    return `it starts or ends with '.', or ends with '.lock'`
  }
  return undefined
}
