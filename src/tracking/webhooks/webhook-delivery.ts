/** Brings queued events to their webhooks while the server runs. */

import { ToolkitError } from '../../core/errors.ts'
import type { WebhookStore } from './webhooks-store.ts'
import type { DueDelivery } from './webhook-deliveries-store.ts'
import type { WebhookOutcome, WebhookSender } from './webhook-client.ts'
import { judgeDelivery } from './webhook-retry.ts'

export interface WebhookDeliveryOptions {
  readonly webhooks: WebhookStore
  readonly sender: WebhookSender
  /** Milliseconds since 1970. */
  readonly clock: () => number
  /** How often the queue is looked at; other processes write to it as well. */
  readonly pollMs?: number
  /** Told of deliveries that were given up, and of a store that fails. */
  readonly onFailure?: (error: Error) => void
}

/** How many webhooks are told something at once. */
const maxUnderWay = 8
const defaultPollMs = 1000
/** Longer than an exchange may take; after it another process may try what a dead one had begun. */
const leaseMs = 30_000

/** Runs until it is disposed of; what is under way then is due again at the next start. */
export function startWebhookDelivery(options: WebhookDeliveryOptions): AsyncDisposable {
  const { clock, webhooks, pollMs = defaultPollMs } = options
  const stop = new AbortController()
  /** By webhook. */
  const underWay = new Map<string, Promise<void>>()
  const tell = (error: unknown): void =>
    options.onFailure?.(error instanceof Error ? error : new Error(String(error)))
  let looking: Promise<unknown> = webhooks.sealOpenSecrets().catch(tell)
  const takeDue = async (): Promise<void> => {
    const most = maxUnderWay - underWay.size
    if (stop.signal.aborted || most === 0) return
    try {
      const claim = { now: clock(), leaseMs, most, busyWebhookIds: [...underWay.keys()] }
      for (const delivery of await webhooks.claimDeliveries(claim)) {
        const work = deliver(delivery, options, stop.signal).catch(tell)
        underWay.set(delivery.webhookId, work)
        // There may be more for the same webhook.
        void work.then(() => underWay.delete(delivery.webhookId)).then(look)
      }
    } catch (error) {
      tell(error)
    }
  }
  const look = (): void => {
    looking = Promise.all([looking, takeDue()])
  }
  const timer = setInterval(look, pollMs)
  timer.unref()
  look()
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer)
      stop.abort()
      await looking
      await Promise.all(underWay.values())
    },
  }
}

async function deliver(
  delivery: DueDelivery,
  options: WebhookDeliveryOptions,
  stop: AbortSignal,
): Promise<void> {
  const { webhooks, clock } = options
  const { deliveryId, webhookId, attempt } = delivery
  const outcome = await send(delivery, options, stop)
  if (stop.aborted && outcome.kind === 'unreachable') {
    return webhooks.postponeDelivery(deliveryId, clock())
  }
  const verdict = judgeDelivery(outcome, { attempt, scatter: scatterOf(deliveryId) })
  if (verdict.kind === 'again') {
    return webhooks.postponeDelivery(deliveryId, clock() + verdict.delayMs)
  }
  await webhooks.removeDelivery(deliveryId)
  if (verdict.kind === 'given-up') {
    // The webhook by its id: addresses of webhooks are often secrets themselves.
    options.onFailure?.(new Error(`webhook ${webhookId} was not reached: ${verdict.why}`))
  }
}

/** Without the secret nothing is sent: a receiver could not tell it from anybody's. */
async function send(
  delivery: DueDelivery,
  { webhooks, sender }: WebhookDeliveryOptions,
  stop: AbortSignal,
): Promise<WebhookOutcome> {
  let secret: string | undefined
  try {
    secret = await webhooks.getSecret(delivery.webhookId)
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error
    return { kind: 'unreachable', message: error.message }
  }
  return sender.send({ ...delivery, secret }, stop)
}

/** From [0, 1): another one for each delivery, whose id is random. */
function scatterOf(deliveryId: string): number {
  return Number.parseInt(deliveryId.slice(0, 8), 16) / 2 ** 32
}
