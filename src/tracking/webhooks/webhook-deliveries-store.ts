/**
 * What webhooks are still to be told. A delivery is written in the transaction of its event and
 * stays until it arrived or was given up: a kill in between loses nothing. It may arrive twice,
 * with the same delivery id.
 */

import { randomUUID } from 'node:crypto'
import type { Row, TrackingDatabase } from '../store/database/database-store.ts'
import { insertRow } from '../store/database/insert-row.ts'
import {
  formatPayload,
  type RegistryEvent,
  type WebhookEvent,
} from '../store/registry/registry-events.ts'
import { numberOf, textOf } from '../store/database/rows.ts'

/** A delivery to be tried now. */
export interface DueDelivery {
  /** The same at each attempt. */
  readonly deliveryId: string
  readonly webhookId: string
  readonly url: string
  readonly payload: string
  /** Counts from 1. */
  readonly attempt: number
}

/** Within a transaction: queues the event for the webhooks that asked for it. */
export function queueEvent(
  database: TrackingDatabase,
  event: RegistryEvent,
  timestamp: number,
): void {
  const hooks = database.rows(
    `SELECT webhook_id, events FROM webhooks WHERE status = 'ACTIVE' ORDER BY webhook_id`,
  )
  for (const hook of hooks) {
    const events: readonly WebhookEvent[] = JSON.parse(textOf(hook, 'events'))
    const isAsked = events.some(
      ({ entity, action }) => entity === event.entity && action === event.action,
    )
    if (!isAsked) continue
    insertRow(database, 'webhook_deliveries', {
      delivery_id: randomUUID(),
      webhook_id: textOf(hook, 'webhook_id'),
      payload: formatPayload(event, timestamp),
      next_attempt: timestamp,
    })
  }
}

/** Which deliveries are taken. */
export interface DeliveryClaim {
  readonly now: number
  readonly leaseMs: number
  readonly most: number
  /** Webhooks that are being told something right now. */
  readonly busyWebhookIds: readonly string[]
}

/**
 * Takes deliveries that are due, one for each webhook that is not busy, and counts the attempt.
 * Nobody else gets them before the lease ends; after it they are due again, in case this process
 * did not live to tell the outcome. One at a time: events come in their order, and a receiver
 * that is slow holds up nobody but himself.
 */
export function claimDeliveries(
  database: TrackingDatabase,
  { now, leaseMs, most, busyWebhookIds }: DeliveryClaim,
): DueDelivery[] {
  // Looking takes no write lock: most often there is nothing.
  if (!hasDue(database, now)) return []
  return database.write(() => {
    const rows = database.rows(
      `UPDATE webhook_deliveries SET attempts = attempts + 1, next_attempt = ?
       WHERE sequence IN (
         SELECT min(sequence) FROM webhook_deliveries
         WHERE next_attempt <= ? AND webhook_id NOT IN (SELECT value FROM json_each(?))
         GROUP BY webhook_id ORDER BY min(sequence) LIMIT ?)
       RETURNING sequence, delivery_id, webhook_id, payload, attempts`,
      [now + leaseMs, now, JSON.stringify(busyWebhookIds), most],
    )
    return rows
      .toSorted((a, b) => numberOf(a, 'sequence') - numberOf(b, 'sequence'))
      .map((row) => readDelivery(database, row))
  })
}

export function countDeliveries(database: TrackingDatabase): number {
  return numberOf(database.row('SELECT count(*) AS n FROM webhook_deliveries')!, 'n')
}

/** It arrived, or was given up. */
export function removeDelivery(database: TrackingDatabase, deliveryId: string): void {
  database.change('DELETE FROM webhook_deliveries WHERE delivery_id = ?', [deliveryId])
}

export function postponeDelivery(
  database: TrackingDatabase,
  deliveryId: string,
  nextAttempt: number,
): void {
  database.change('UPDATE webhook_deliveries SET next_attempt = ? WHERE delivery_id = ?', [
    nextAttempt,
    deliveryId,
  ])
}

function hasDue(database: TrackingDatabase, now: number): boolean {
  const sql = 'SELECT 1 FROM webhook_deliveries WHERE next_attempt <= ? LIMIT 1'
  return database.row(sql, [now]) !== undefined
}

function readDelivery(database: TrackingDatabase, row: Row): DueDelivery {
  const webhookId = textOf(row, 'webhook_id')
  // A foreign key holds the webhook in place.
  const hook = database.row('SELECT url FROM webhooks WHERE webhook_id = ?', [webhookId])!
  return {
    deliveryId: textOf(row, 'delivery_id'),
    webhookId,
    url: textOf(hook, 'url'),
    payload: textOf(row, 'payload'),
    attempt: numberOf(row, 'attempts'),
  }
}
