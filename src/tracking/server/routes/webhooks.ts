import { randomUUID } from 'node:crypto'
import {
  exampleEvent,
  formatPayload,
  type WebhookEvent,
  webhookEvents,
} from '../../store/registry/registry-events.ts'
import { parseWebhookEvent } from '../../webhooks/webhook-rules.ts'
import type { WebhookStatus } from '../../webhooks/webhooks-store.ts'
import {
  list,
  missingParameter,
  object,
  oneOf,
  optional,
  requiredText,
  text,
  type Values,
} from '../fields.ts'
import { formatPage, pageFields } from '../page-fields.ts'
import { route, type Route } from '../route.ts'
import type { WebhookOutcome } from '../../webhooks/webhook-client.ts'
import { formatWebhook } from './model-messages.ts'

/** In the order of their numbers, from 1. */
const entities = Object.keys(webhookEvents)
const actions = ['CREATED', 'UPDATED', 'DELETED', 'SET', 'EXCEEDED'] as const
const statuses: readonly WebhookStatus[] = ['ACTIVE', 'DISABLED']

const eventFields = { entity: oneOf(entities), action: oneOf(actions) }
const event = object(eventFields)
const webhook = 'webhooks/:webhook_id'

/** Who is told of the registry's events. Whoever may set that may send the server somewhere. */
export const webhookRoutes: readonly Route[] = [
  route({
    methods: ['POST'],
    path: 'webhooks',
    permission: 'admin',
    summary: 'Create a webhook; its secret is not told again',
    fields: {
      name: requiredText,
      description: text,
      url: requiredText,
      events: list(event),
      secret: text,
      status: oneOf(statuses),
    },
    answer: async ({ events, ...content }, { store, clock, webhookSender }) => {
      if (events.length === 0) throw missingParameter('events')
      const created = { ...content, events: events.map(toEvent) }
      checkTarget(content.url, webhookSender)
      return { webhook: formatWebhook(await store.webhooks.createWebhook(created, clock())) }
    },
  }),
  route({
    methods: ['GET'],
    path: 'webhooks',
    permission: 'admin',
    summary: 'All webhooks',
    fields: pageFields({ fallback: 100, most: 1000, zero: 100 }),
    answer: async ({ max_results, page_token }, { store }) => {
      const page = await store.webhooks.listWebhooks({
        maxResults: max_results,
        pageToken: page_token,
      })
      return formatPage(page, 'webhooks', formatWebhook)
    },
  }),
  route({
    methods: ['GET'],
    path: webhook,
    permission: 'admin',
    summary: 'A webhook',
    fields: { webhook_id: requiredText },
    answer: async ({ webhook_id }, { store }) => ({
      webhook: formatWebhook(await store.webhooks.getWebhook(webhook_id)),
    }),
  }),
  route({
    methods: ['PATCH'],
    path: webhook,
    permission: 'admin',
    summary: 'Change a webhook; what is absent stays',
    fields: {
      webhook_id: requiredText,
      name: text,
      description: text,
      url: text,
      events: list(event),
      secret: text,
      status: oneOf(statuses),
    },
    answer: async (values, { store, clock, webhookSender }) => {
      const { webhook_id, name, url, events, description, secret, status } = values
      if (url !== undefined && url !== '') checkTarget(url, webhookSender)
      const change = {
        name: name || undefined,
        url: url || undefined,
        events: events.length === 0 ? undefined : events.map(toEvent),
        description,
        secret,
        status,
      }
      const changed = await store.webhooks.updateWebhook(webhook_id, change, clock())
      return { webhook: formatWebhook(changed) }
    },
  }),
  route({
    methods: ['DELETE'],
    path: webhook,
    permission: 'admin',
    summary: 'Delete a webhook, and what was still to be sent to it',
    fields: { webhook_id: requiredText },
    answer: async ({ webhook_id }, { store }) => store.webhooks.deleteWebhook(webhook_id),
  }),
  route({
    methods: ['POST'],
    path: `${webhook}/test`,
    permission: 'admin',
    summary: 'Send an example to a webhook and tell how it answers',
    fields: { webhook_id: requiredText, event: optional(event) },
    answer: async ({ webhook_id, event: asked }, { store, clock, webhookSender }) => {
      const { url, events } = await store.webhooks.getWebhook(webhook_id)
      const example = exampleEvent(asked === undefined ? events[0]! : toEvent(asked))
      const outcome = await webhookSender.send({
        url,
        secret: await store.webhooks.getSecret(webhook_id),
        deliveryId: randomUUID(),
        payload: formatPayload(example, clock()),
      })
      return { result: formatOutcome(outcome) }
    },
  }),
]

function toEvent({ entity, action }: Values<typeof eventFields>): WebhookEvent {
  if (entity === undefined) throw missingParameter('entity')
  if (action === undefined) throw missingParameter('action')
  return parseWebhookEvent(entity, action)
}

/** What is no URL at all, the store refuses with the rest of what is wrong. */
function checkTarget(url: string, sender: { readonly checkUrl: (url: string) => void }): void {
  if (URL.canParse(url)) sender.checkUrl(url)
}

function formatOutcome(outcome: WebhookOutcome): object {
  if (outcome.kind !== 'answered') {
    return { success: false, error_message: `Failed to test webhook: ${outcome.message}` }
  }
  return {
    success: outcome.status < 400,
    response_status: outcome.status,
    response_body: outcome.body,
  }
}
