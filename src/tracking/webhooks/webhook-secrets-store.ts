/** Secrets of webhooks in the tracking database: encrypted, those too that an earlier version left as they were. */

import { randomBytes } from 'node:crypto'
import { ToolkitError } from '../../core/errors.ts'
import type { TrackingDatabase } from '../store/database/database-store.ts'
import { numberOf, textOf } from '../store/database/rows.ts'
import { decryptSecret, encryptSecret } from './secret-cipher.ts'

/** Marks what is encrypted. */
const sealedPrefix = 'fernet:'

/** Gives the key, which is made the first time that there is something to encrypt. */
export type ReadSecretKey = () => Promise<Uint8Array>

/** A secret as it is stored; `null` for none. */
export async function sealSecret(
  readKey: ReadSecretKey,
  secret: string,
  time: number,
): Promise<string | null> {
  return secret === '' ? null : seal(await readKey(), secret, time)
}

function seal(key: Uint8Array, secret: string, time: number): string {
  return `${sealedPrefix}${encryptSecret(key, secret, { iv: randomBytes(16), time })}`
}

/**
 * The secret of a webhook; `undefined` when it has none.
 *
 * @throws {ToolkitError} `TRACKING_STORE_INVALID` when it was encrypted with another key
 */
export async function openSecret(
  readKey: ReadSecretKey,
  { webhookId, stored }: { readonly webhookId: string; readonly stored: unknown },
): Promise<string | undefined> {
  if (typeof stored !== 'string') return undefined
  if (!stored.startsWith(sealedPrefix)) return stored
  const secret = decryptSecret(await readKey(), stored.slice(sealedPrefix.length))
  if (secret !== undefined) return secret
  throw new ToolkitError(
    'TRACKING_STORE_INVALID',
    `the secret of webhook ${webhookId} was encrypted with another key`,
    {
      hint: "start the server with the key that it had, in MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY or the store's file 'webhook-key', or give the webhook a new secret",
      details: { webhookId },
    },
  )
}

/** Encrypts what lies open, and leaves nothing of it in the file. */
export async function sealOpenSecrets(
  database: TrackingDatabase,
  readKey: ReadSecretKey,
): Promise<void> {
  const lookFor = `SELECT webhook_id, secret, last_updated_timestamp FROM webhooks
    WHERE secret IS NOT NULL AND secret NOT LIKE '${sealedPrefix}%'`
  if (database.row(lookFor) === undefined) return
  const key = await readKey()
  database.row('PRAGMA secure_delete = ON')
  database.write(() => {
    for (const row of database.rows(lookFor)) {
      database.change('UPDATE webhooks SET secret = ? WHERE webhook_id = ?', [
        seal(key, textOf(row, 'secret'), numberOf(row, 'last_updated_timestamp')),
        textOf(row, 'webhook_id'),
      ])
    }
  })
  database.row('PRAGMA secure_delete = OFF')
  // The log of writes holds pages as they were.
  database.row('PRAGMA wal_checkpoint(TRUNCATE)')
}
