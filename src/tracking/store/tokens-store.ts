/** Access tokens of the tracking server: only their hashes are kept. */

import { createHash, randomBytes } from 'node:crypto'
import { ToolkitError } from '../../core/errors.ts'
import { nameHint } from '../../core/nearest.ts'
import type { TrackingDatabase } from './database/database-store.ts'
import { numberOf, textOf } from './database/rows.ts'

/** What a token may do; each includes those before it. */
export type TokenRole = 'read' | 'write' | 'admin'

export interface Token {
  readonly name: string
  readonly role: TokenRole
  /** Milliseconds since 1970. */
  readonly creationTime: number
}

export interface TokenStore {
  /** @returns the secret, which is told this once. @throws `TRACKING_EXISTS`, `TRACKING_INVALID` */
  createToken(token: Token): Promise<string>
  /** Whether there is any: from the first one on the server wants one. */
  hasTokens(): Promise<boolean>
  listTokens(): Promise<readonly Token[]>
  /** @throws `TRACKING_NOT_FOUND` */
  revokeToken(name: string): Promise<void>
  /** The token of a secret; `undefined` when it is none of ours. */
  findToken(secret: string): Promise<Token | undefined>
}

const roles: readonly TokenRole[] = ['read', 'write', 'admin']

export function createTokenStore(database: TrackingDatabase): TokenStore {
  return {
    createToken: async ({ name, role, creationTime }) => {
      if (!/^[\w.@-]{1,100}$/.test(name)) {
        throw new ToolkitError(
          'TRACKING_INVALID',
          `'${name.slice(0, 100)}' is no name for a token`,
          {
            hint: `use letters, digits, '_', '-', '.' and '@'`,
          },
        )
      }
      const secret = randomBytes(32).toString('base64url')
      const inserted = database.change(
        `INSERT INTO access_tokens (name, hash, role, creation_time) VALUES (?, ?, ?, ?)
         ON CONFLICT (name) DO NOTHING`,
        [name, hashOf(secret), role, creationTime],
      )
      if (inserted > 0) return secret
      throw new ToolkitError('TRACKING_EXISTS', `there is a token '${name}' already`, {
        hint: 'revoke it first, or take another name',
      })
    },
    hasTokens: async () => database.row('SELECT 1 FROM access_tokens LIMIT 1', []) !== undefined,
    listTokens: async () =>
      database.rows('SELECT * FROM access_tokens ORDER BY name').map((row) => toToken(row)),
    revokeToken: async (name) => {
      const changed = database.change('DELETE FROM access_tokens WHERE name = ?', [name])
      if (changed > 0) return
      const names = database
        .rows('SELECT name FROM access_tokens ORDER BY name', [])
        .map((row) => textOf(row, 'name'))
      throw new ToolkitError('TRACKING_NOT_FOUND', `there is no token '${name.slice(0, 100)}'`, {
        hint: nameHint(name, names, 'tokens'),
      })
    },
    findToken: async (secret) => {
      // Looked up by its hash: how long that takes tells nothing about the secret.
      const row = database.row('SELECT * FROM access_tokens WHERE hash = ?', [hashOf(secret)])
      return row === undefined ? undefined : toToken(row)
    },
  }
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

function toToken(row: Parameters<typeof textOf>[0]): Token {
  const role = roles.find((known) => known === textOf(row, 'role'))
  if (role === undefined) throw new TypeError(`a token has the role ${textOf(row, 'role')}`)
  return { name: textOf(row, 'name'), role, creationTime: numberOf(row, 'creation_time') }
}
