/** MLflow's rules for webhooks. Where a target leads is for the server to judge, which sends. */

import { ToolkitError } from '../../core/errors.ts'
import {
  webhookEvents,
  type WebhookEntity,
  type WebhookEvent,
} from '../store/registry/registry-events.ts'
import { check, textProblems } from '../store/problems.ts'

const limits = { url: 2000, description: 5000, secret: 1000 } as const

/** @throws {ToolkitError} `TRACKING_INVALID`, naming every problem at once. */
export function checkWebhook(webhook: {
  readonly name?: string | undefined
  readonly url?: string | undefined
  readonly description?: string | undefined
  readonly secret?: string | undefined
  readonly events?: readonly WebhookEvent[] | undefined
}): void {
  const { name, url, description = '', secret = '', events } = webhook
  check([
    ...(name === undefined ? [] : nameProblems(name)),
    ...(url === undefined ? [] : urlProblems(url)),
    ...textProblems('description', description, limits.description),
    ...textProblems('secret', secret, limits.secret),
    ...(events?.length === 0 ? ['Webhook events cannot be empty'] : []),
  ])
}

/**
 * An event that can happen.
 *
 * @throws {ToolkitError} `TRACKING_INVALID` when the entity knows no such action.
 */
export function parseWebhookEvent(entity: string, action: string): WebhookEvent {
  const known = Object.entries(webhookEvents).find(([name]) => name === entity)
  const actions: readonly string[] = known?.[1] ?? []
  if (known !== undefined && actions.includes(action)) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- both were found in the table
    return { entity: entity as WebhookEntity, action: action as WebhookEvent['action'] }
  }
  throw new ToolkitError(
    'TRACKING_INVALID',
    known === undefined
      ? `Invalid webhook entity '${entity.slice(0, 100)}'. Valid entities are: ${Object.keys(webhookEvents).join(', ')}`
      : `Invalid action '${action.slice(0, 100)}' for entity '${entity}'. Valid actions are: ${actions.join(', ')}`,
  )
}

function nameProblems(name: string): string[] {
  const isName = name.length <= 63 && /^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/i.test(name)
  if (isName) return []
  return [
    `Webhook name '${name.slice(0, 100)}' is invalid. It must start and end with a letter or digit, be at most 63 characters long, and contain only letters, digits, dots (.), underscores (_), and hyphens (-).`,
  ]
}

function urlProblems(url: string): string[] {
  if (url.trim() === '') return ['Webhook URL cannot be empty or just whitespace']
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined) return [`Invalid webhook URL '${url.slice(0, 300)}'`]
  return [
    ...(parsed.protocol === 'https:' || parsed.protocol === 'http:'
      ? []
      : [`Invalid webhook URL scheme: '${parsed.protocol.slice(0, -1)}'`]),
    // They would be shown to everybody who may list webhooks; the secret is not.
    ...(parsed.username === '' && parsed.password === ''
      ? []
      : ['Webhook URL must hold no user name and no password']),
    ...textProblems('url', url, limits.url),
  ]
}
