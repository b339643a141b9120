/** A process of its own that queues an event and delivers it, until it is killed. */

import { createWebhookSender } from '../../src/tracking/webhooks/webhook-client.ts'
import { startWebhookDelivery } from '../../src/tracking/webhooks/webhook-delivery.ts'
import { openTrackingStore } from '../../src/tracking/store/sqlite-store.ts'

const [directory = '', url = ''] = process.argv.slice(2)
const clock = (): number => Date.now()
await using store = await openTrackingStore({ directory, clock })
await store.webhooks.createWebhook(
  { name: 'hook', url, events: [{ entity: 'REGISTERED_MODEL', action: 'CREATED' }] },
  clock(),
)
await store.createRegisteredModel({ name: 'm' }, { timestamp: clock() })
const sender = createWebhookSender({ clock, allowsPrivateTargets: true })
await using _delivery = startWebhookDelivery({ webhooks: store.webhooks, sender, clock })
await new Promise((resolve) => setTimeout(resolve, 60_000))
