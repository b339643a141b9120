/** Fields whose values no log may hold. */

import { createHmac } from 'node:crypto'
import { ToolkitError } from '../../core/errors.ts'
import { nameHint } from '../../core/nearest.ts'

/** What becomes of fields before they are written. */
export interface Redaction {
  /** Fields that are left out. */
  readonly drop: readonly string[]
  /** Fields of which only a keyed hash is kept: equal values can be counted, and nobody without the key can try them out. */
  readonly hash: readonly string[]
  /** At least 16 bytes; wanted when fields are hashed. */
  readonly key?: Uint8Array
}

const shortestKeyBytes = 16

/**
 * Refuses a redaction that would not do what it says.
 *
 * @param columns - of the model
 * @throws {ToolkitError} `CLI_USAGE` for a name that is no column, or a key that is missing or too short
 */
export function checkRedaction({ drop, hash, key }: Redaction, columns: readonly string[]): void {
  const unknown = [...drop, ...hash].filter((name) => !columns.includes(name))
  if (unknown.length > 0) {
    const names = unknown.slice(0, 20).map((name) => `'${name}'`)
    throw new ToolkitError('CLI_USAGE', `the model has no column ${names.join(', ')} to redact`, {
      hint: nameHint(unknown[0]!, columns, 'columns'),
    })
  }
  if (hash.length === 0 || (key !== undefined && key.length >= shortestKeyBytes)) return
  const found = key === undefined ? 'no key' : `a key of ${key.length} bytes`
  throw new ToolkitError(
    'CLI_USAGE',
    `fields are to be hashed with ${found}, expected ${shortestKeyBytes} bytes or more`,
    {
      hint: 'make one: openssl rand -hex 32 > prediction-log.key',
    },
  )
}

/**
 * The keyed hash of a cell, 64 bits in hex: HMAC-SHA-256 [RFC 2104] over the field's name and the value, so that equal values
 * of two fields do not show. The key keeps anyone else from hashing every age there is.
 *
 * @param text - the value as it would have been written
 */
export function hashCell(key: Uint8Array, field: string, text: string): string {
  return createHmac('sha256', key).update(`${field}\0${text}`).digest('hex').slice(0, 16)
}
