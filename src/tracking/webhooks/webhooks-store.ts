/** Webhooks in the tracking database: who is to be told of what. */

import { randomUUID } from 'node:crypto'
import { ToolkitError } from '../../core/errors.ts'
import type { Page } from '../../core/tracking.ts'
import type { Row, SqlValue, TrackingDatabase } from '../store/database/database-store.ts'
import { insertRow } from '../store/database/insert-row.ts'
import { cutPage, offsetOf, type PageRequest } from '../store/database/page.ts'
import type { WebhookEvent } from '../store/registry/registry-events.ts'
import { numberOf, textOf } from '../store/database/rows.ts'
import {
  claimDeliveries,
  countDeliveries,
  postponeDelivery,
  removeDelivery,
  type DeliveryClaim,
  type DueDelivery,
} from './webhook-deliveries-store.ts'
import { checkWebhook } from './webhook-rules.ts'
import {
  openSecret,
  sealOpenSecrets,
  sealSecret,
  type ReadSecretKey,
} from './webhook-secrets-store.ts'

export type WebhookStatus = 'ACTIVE' | 'DISABLED'

/** A webhook as it may be shown: its secret is not. */
export interface Webhook {
  readonly webhookId: string
  readonly name: string
  readonly description: string
  readonly url: string
  readonly events: readonly WebhookEvent[]
  readonly status: WebhookStatus
  readonly creationTimestamp: number
  readonly lastUpdatedTimestamp: number
}

/** What a webhook is made of. */
export interface WebhookContent {
  readonly name: string
  readonly url: string
  readonly events: readonly WebhookEvent[]
  readonly description?: string | undefined
  /** Signs what is sent; empty for none. Never told again. */
  readonly secret?: string | undefined
  readonly status?: WebhookStatus | undefined
}

/** What is absent stays as it is. */
export type WebhookChange = {
  readonly [K in keyof WebhookContent]?: WebhookContent[K] | undefined
}

export interface WebhookStore {
  createWebhook(webhook: WebhookContent, timestamp: number): Promise<Webhook>
  /** @throws `TRACKING_NOT_FOUND` */
  getWebhook(webhookId: string): Promise<Webhook>
  /** Newest first. */
  listWebhooks(page: PageRequest): Promise<Page<Webhook>>
  /** Disabling drops what was still to be sent. */
  updateWebhook(webhookId: string, change: WebhookChange, timestamp: number): Promise<Webhook>
  deleteWebhook(webhookId: string): Promise<void>
  /** For the sender alone. @throws `TRACKING_NOT_FOUND`; `TRACKING_STORE_INVALID` for another key than it was encrypted with. */
  getSecret(webhookId: string): Promise<string | undefined>
  /** Encrypts the secrets that an earlier version stored as they were. */
  sealOpenSecrets(): Promise<void>
  claimDeliveries(claim: DeliveryClaim): Promise<readonly DueDelivery[]>
  /** How many events are still to be told. */
  countDeliveries(): Promise<number>
  removeDelivery(deliveryId: string): Promise<void>
  postponeDelivery(deliveryId: string, nextAttempt: number): Promise<void>
}

export function createWebhookStore(
  database: TrackingDatabase,
  readKey: ReadSecretKey,
): WebhookStore {
  return {
    createWebhook: async (webhook, timestamp) => {
      checkWebhook(webhook)
      const secret = await sealSecret(readKey, webhook.secret ?? '', timestamp)
      return createWebhook(database, { ...webhook, secret }, timestamp)
    },
    getWebhook: async (webhookId) => readWebhook(getRow(database, webhookId)),
    listWebhooks: async (page) => listWebhooks(database, page),
    updateWebhook: async (webhookId, change, timestamp) => {
      checkWebhook(change)
      const secret =
        change.secret === undefined
          ? undefined
          : await sealSecret(readKey, change.secret, timestamp)
      return updateWebhook(database, { webhookId, change: { ...change, secret }, timestamp })
    },
    deleteWebhook: async (webhookId) => {
      const sql = 'DELETE FROM webhooks WHERE webhook_id = ?'
      if (database.change(sql, [webhookId]) === 0) throw webhookNotFound(webhookId)
    },
    getSecret: async (webhookId) => {
      const { secret: stored } = getRow(database, webhookId)
      return openSecret(readKey, { webhookId, stored })
    },
    sealOpenSecrets: async () => sealOpenSecrets(database, readKey),
    claimDeliveries: async (claim) => claimDeliveries(database, claim),
    countDeliveries: async () => countDeliveries(database),
    removeDelivery: async (deliveryId) => removeDelivery(database, deliveryId),
    postponeDelivery: async (deliveryId, nextAttempt) =>
      postponeDelivery(database, deliveryId, nextAttempt),
  }
}

/** With the secret as it is stored. */
type Sealed<T> = Omit<T, 'secret'> & { readonly secret?: string | null | undefined }

function createWebhook(
  database: TrackingDatabase,
  webhook: Sealed<WebhookContent>,
  timestamp: number,
): Webhook {
  const webhookId = randomUUID()
  insertRow(database, 'webhooks', {
    webhook_id: webhookId,
    name: webhook.name,
    description: webhook.description ?? '',
    url: webhook.url,
    events: formatEvents(webhook.events),
    secret: webhook.secret ?? null,
    status: webhook.status ?? 'ACTIVE',
    creation_timestamp: timestamp,
    last_updated_timestamp: timestamp,
  })
  return readWebhook(getRow(database, webhookId))
}

function updateWebhook(
  database: TrackingDatabase,
  {
    webhookId,
    change,
    timestamp,
  }: {
    readonly webhookId: string
    readonly change: Sealed<WebhookChange>
    readonly timestamp: number
  },
): Webhook {
  return database.write(() => {
    const before = getRow(database, webhookId)
    const kept = (value: string | undefined, column: string): SqlValue =>
      value ?? textOf(before, column)
    const secret = typeof before['secret'] === 'string' ? before['secret'] : null
    database.change(
      `UPDATE webhooks SET name = ?, description = ?, url = ?, events = ?, secret = ?, status = ?,
         last_updated_timestamp = ? WHERE webhook_id = ?`,
      [
        kept(change.name, 'name'),
        kept(change.description, 'description'),
        kept(change.url, 'url'),
        kept(change.events && formatEvents(change.events), 'events'),
        change.secret === undefined ? secret : change.secret,
        kept(change.status, 'status'),
        timestamp,
        webhookId,
      ],
    )
    if (change.status === 'DISABLED') {
      database.change('DELETE FROM webhook_deliveries WHERE webhook_id = ?', [webhookId])
    }
    return readWebhook(getRow(database, webhookId))
  })
}

function listWebhooks(database: TrackingDatabase, page: PageRequest): Page<Webhook> {
  const rows = database.rows(
    'SELECT * FROM webhooks ORDER BY creation_timestamp DESC, webhook_id LIMIT ? OFFSET ?',
    [page.maxResults + 1, offsetOf(page)],
  )
  const { items, nextPageToken } = cutPage(rows, page)
  return { items: items.map(readWebhook), nextPageToken }
}

function getRow(database: TrackingDatabase, webhookId: string): Row {
  const row = database.row('SELECT * FROM webhooks WHERE webhook_id = ?', [webhookId])
  if (row !== undefined) return row
  throw webhookNotFound(webhookId)
}

function readWebhook(row: Row): Webhook {
  return {
    webhookId: textOf(row, 'webhook_id'),
    name: textOf(row, 'name'),
    description: textOf(row, 'description'),
    url: textOf(row, 'url'),
    events: JSON.parse(textOf(row, 'events')),
    status: textOf(row, 'status') === 'ACTIVE' ? 'ACTIVE' : 'DISABLED',
    creationTimestamp: numberOf(row, 'creation_timestamp'),
    lastUpdatedTimestamp: numberOf(row, 'last_updated_timestamp'),
  }
}

/** Each event once. */
function formatEvents(events: readonly WebhookEvent[]): string {
  const unique = new Map(events.map((event) => [`${event.entity}.${event.action}`, event]))
  return JSON.stringify([...unique.values()])
}

function webhookNotFound(webhookId: string): ToolkitError {
  return new ToolkitError(
    'TRACKING_NOT_FOUND',
    `Webhook with ID ${webhookId.slice(0, 100)} not found.`,
  )
}
