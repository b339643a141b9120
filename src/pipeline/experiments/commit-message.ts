/** The message of an experiment's commit. */

import { createHash } from 'node:crypto'
import { formatPythonJson } from '../yaml/python-json.ts'
import { isYamlList, isYamlMap, type YamlMap, type YamlValue } from '../yaml/yaml-value.ts'

const inputKey = 'Mlpt-Input'

/**
 * DVC's message, or the user's own, and a trailer that tells what the experiment started from.
 *
 * @param locks - the stages of all `dvc.lock` files, by name
 */
export function formatMessage(
  locks: YamlMap,
  { message, input }: { readonly message: string | undefined; readonly input: string },
): string {
  const subject = message ?? `dvc: commit experiment ${hashLocks(locks)}`
  return `${subject.trimEnd()}\n\n${inputKey}: ${input}\n`
}

/** The hash in a message's trailer; `undefined` for what others made. */
export function parseInput(message: string): string | undefined {
  return /^Mlpt-Input: ([0-9a-f]{64})$/m.exec(message)?.[1]
}

function hashLocks(locks: YamlMap): string {
  return createHash('sha256')
    .update(formatPythonJson(withoutSizes(locks)))
    .digest('hex')
}

/** DVC leaves sizes out of the hashes of what it records. */
function withoutSizes(value: YamlValue): YamlValue {
  if (isYamlList(value)) return value.map(withoutSizes)
  if (!isYamlMap(value)) return value
  const kept = Array.from(value).filter(([key]) => key !== 'size' && key !== 'nfiles')
  return new Map(kept.map(([key, item]) => [key, withoutSizes(item)]))
}
