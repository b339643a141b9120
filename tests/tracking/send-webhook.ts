/** A process of its own, for it trusts another authority: sends to a name at 127.0.0.1 and prints the outcome. */

import { createWebhookSender } from '../../src/tracking/webhooks/webhook-client.ts'

const [url = ''] = process.argv.slice(2)
const sender = createWebhookSender({
  clock: () => 0,
  allowsPrivateTargets: true,
  resolve: async () => [{ address: '127.0.0.1', family: 4 }],
})
const message = { url, secret: undefined, deliveryId: 'id', payload: '{}' }
process.stdout.write(JSON.stringify(await sender.send(message)))
