import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { isPublicAddress } from '../../src/tracking/webhooks/public-address.ts'
import {
  createWebhookSender,
  signPayload,
  type WebhookMessage,
  type WebhookOutcome,
  type WebhookSenderOptions,
} from '../../src/tracking/webhooks/webhook-client.ts'
import { judgeDelivery } from '../../src/tracking/webhooks/webhook-retry.ts'
import { openReceiver } from './webhook-receiver.ts'

const clock = (): number => 1_700_000_000_999
const deliveryId = '5f0c6a52-0000-4000-8000-000000000001'

describe('addresses', () => {
  for (const address of [
    '8.8.8.8',
    '1.1.1.1',
    '172.15.255.255',
    '172.32.0.0',
    '192.167.255.255',
    '100.63.255.255',
    '169.253.0.1',
    '223.255.255.255',
    '2606:4700:4700::1111',
    '2a00:1450:4001:81b::200e',
    '2001:200::1',
    '3ffe::1',
  ]) {
    test(`${address} is public`, () => assert.equal(isPublicAddress(address), true))
  }

  for (const address of [
    '0.0.0.0',
    '10.0.0.1',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.255',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '192.0.2.1',
    '198.18.0.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:8.8.8.8',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::7f00:1',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1',
    'fe80::1%eth0',
    'ff02::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '3fff::1',
    '',
    '8.8.8',
    '8.8.8.256',
    '08.8.8.8.8',
    '2606:::1',
    '2606:4700',
    '1:2:3:4:5:6:7:8:9',
    'example.org',
  ]) {
    test(`'${address}' is not public`, () => assert.equal(isPublicAddress(address), false))
  }

  test('no IPv4 address is public in the disguise of an IPv6 one', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        for (const prefix of ['::', '::ffff:', '::ffff:0:', '64:ff9b::']) {
          assert.equal(isPublicAddress(`${prefix}${address}`), false)
        }
      }),
    )
  })

  test('no text makes it fail', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.ipV6()), (text) => {
        assert.equal(typeof isPublicAddress(text), 'boolean')
      }),
    )
  })
})

describe('targets', () => {
  for (const url of [
    'http://example.org/',
    'https://127.0.0.1/',
    'https://127.1/',
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0177.0.0.1/',
    'https://0/',
    'https://localhost/',
    'https://LOCALHOST./',
    'https://a.localhost/',
    'https://10.1.2.3/',
    'https://169.254.169.254/latest/meta-data/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[fe80::1]/',
    'https://[fd00::1]/',
  ]) {
    test(`${url} is refused before it is stored, and when it is sent`, async () => {
      const sender = createWebhookSender({ clock })
      assert.throws(() => sender.checkUrl(url), { code: 'TRACKING_INVALID' })
      assert.equal((await sender.send(messageTo(url))).kind, 'refused')
    })
  }

  test('public ones over https are fine, all are where private ones are allowed', () => {
    createWebhookSender({ clock }).checkUrl('https://example.org/hook')
    createWebhookSender({ clock }).checkUrl('https://8.8.8.8:8443/hook')
    createWebhookSender({ clock, allowsPrivateTargets: true }).checkUrl('http://localhost/')
  })

  for (const addresses of [
    ['127.0.0.1'],
    ['8.8.8.8', '127.0.0.1'],
    ['::1'],
    ['::ffff:127.0.0.1'],
    ['2606:4700::1111', 'fe80::1'],
    ['not an address'],
  ]) {
    test(`a name with the addresses ${addresses.join(' and ')} is refused, and nobody is connected`, async () => {
      await using receiver = await openReceiver()
      const sender = createWebhookSender({ clock, resolve: async () => addresses.map(asAddress) })
      const outcome = await sender.send(messageTo(`https://hook.example:${receiver.port}/`))
      assert.equal(outcome.kind, 'refused')
      assert.ok('message' in outcome && !outcome.message.includes(addresses.at(-1)!))
      assert.equal(receiver.received.length, 0)
    })
  }

  test('the connection goes to the address that was checked: the name is asked for once', async () => {
    await using receiver = await openReceiver()
    const answers = [['127.0.0.1'], ['192.0.2.1']]
    const sender = createWebhookSender({
      clock,
      allowsPrivateTargets: true,
      resolve: async () => answers.shift()!.map(asAddress),
    })
    const url = `http://hook.example:${receiver.port}/path?token=1`
    assert.equal((await sender.send(messageTo(url))).kind, 'answered')
    assert.equal(answers.length, 1)
    assert.equal(receiver.received[0]?.headers.host, `hook.example:${receiver.port}`)
    assert.equal(receiver.received[0]?.path, '/path?token=1')
  })
})

describe('sending', () => {
  test('the payload arrives as it is, with its id, the time and a signature over all three', async () => {
    await using receiver = await openReceiver()
    const payload = '{"name":"ü"}'
    await send({ ...messageTo(receiver.url), secret: 's3cret', payload })
    const [request] = receiver.received
    assert.equal(request?.method, 'POST')
    assert.equal(request?.body, payload)
    const { headers } = request
    assert.equal(headers['content-type'], 'application/json')
    assert.equal(headers['x-mlflow-delivery-id'], deliveryId)
    assert.equal(headers['x-mlflow-timestamp'], '1700000000')
    const signed = { deliveryId, timestamp: '1700000000', payload }
    assert.equal(headers['x-mlflow-signature'], signPayload('s3cret', signed))
  })

  test('the signature is the one that MLflow 3.17.2 makes', () => {
    const signed = { deliveryId, timestamp: '1700000000', payload: '{"name": "é"}' }
    // From mlflow.webhooks.delivery._generate_hmac_signature.
    assert.equal(signPayload('s3cret ü', signed), 'v1,FLAhd8FMmbvQ9ynuAvCuLncvgu9CsBeNpfoLnRfRDKs=')
  })

  test('without a secret there is no signature', async () => {
    await using receiver = await openReceiver()
    await send(messageTo(receiver.url))
    assert.equal(receiver.received[0]?.headers['x-mlflow-signature'], undefined)
  })

  test('a redirect is an answer, and is not followed', async () => {
    await using secret = await openReceiver()
    await using receiver = await openReceiver((response) =>
      response.writeHead(302, { location: secret.url }).end(),
    )
    assert.deepEqual(await send(messageTo(receiver.url)), {
      kind: 'answered',
      status: 302,
      body: '',
      retryAfter: undefined,
    })
    assert.equal(secret.received.length, 0)
  })

  test('of a long answer the beginning is read, and no more', async () => {
    await using receiver = await openReceiver((response) => {
      // Endless: whoever reads all of it never comes back.
      const write = (): void => {
        while (!response.destroyed && response.write('x'.repeat(10_000))) continue
        response.once('drain', write)
      }
      write()
    })
    const outcome = await send(messageTo(receiver.url))
    assert.ok(outcome.kind === 'answered')
    assert.equal(outcome.body.length, 16 * 1024)
  })

  for (const [what, answer] of [
    ['says nothing', () => undefined],
    ['ends in the middle', (response) => response.write('x')],
  ] as const satisfies readonly (readonly [string, Parameters<typeof openReceiver>[0]])[]) {
    test(`a receiver that ${what} is waited for no longer than the time-out`, async () => {
      await using receiver = await openReceiver(answer)
      assert.deepEqual(await send(messageTo(receiver.url), { timeoutMs: 100 }), {
        kind: 'unreachable',
        message: 'the target did not answer in time',
      })
    })
  }

  test('a name server that says nothing is waited for no longer than the time-out', async () => {
    const resolve = (): Promise<never> => new Promise(() => undefined)
    const outcome = await send(messageTo('http://x.example/'), { timeoutMs: 100, resolve })
    assert.equal(outcome.kind, 'unreachable')
  })

  for (const [what, answer] of [
    ['hangs up', (response) => response.destroy()],
    ['speaks no HTTP', (response) => response.socket!.end('hello')],
  ] as const satisfies readonly (readonly [string, Parameters<typeof openReceiver>[0]])[]) {
    test(`a receiver that ${what} is unreachable`, async () => {
      await using receiver = await openReceiver(answer)
      assert.equal((await send(messageTo(receiver.url))).kind, 'unreachable')
    })
  }

  test('where nobody listens, and a name without an address, is unreachable', async () => {
    const { port } = await (async () => {
      await using receiver = await openReceiver()
      return receiver
    })()
    assert.equal((await send(messageTo(`http://127.0.0.1:${port}/`))).kind, 'unreachable')
    const nobody = { resolve: async () => [] }
    assert.equal((await send(messageTo('http://x.example/'), nobody)).kind, 'unreachable')
  })

  test('an abort ends it', async () => {
    await using receiver = await openReceiver(() => undefined)
    const stop = new AbortController()
    const sender = createWebhookSender({ clock, allowsPrivateTargets: true })
    const sent = sender.send(messageTo(receiver.url), stop.signal)
    await receiver.waitFor(1)
    stop.abort()
    assert.equal((await sent).kind, 'unreachable')
  })
})

describe('the verdict on a delivery', () => {
  const judge = (outcome: WebhookOutcome, attempt: number, scatter = 0): unknown => {
    const verdict = judgeDelivery(outcome, { attempt, scatter })
    return verdict.kind === 'again' ? verdict.delayMs : verdict.kind
  }

  test('2xx arrived; other answers are final, but for those that pass', () => {
    for (const status of [200, 201, 204, 299]) assert.equal(judge(answered(status), 1), 'arrived')
    for (const status of [100, 301, 302, 400, 401, 404, 410, 422]) {
      assert.equal(judge(answered(status), 1), 'given-up')
    }
    for (const status of [408, 429, 500, 502, 503, 504]) {
      assert.equal(judge(answered(status), 1), 1000)
    }
  })

  test('who is unreachable is tried again with growing waits, eight times in all', () => {
    const outcome: WebhookOutcome = { kind: 'unreachable', message: 'x' }
    assert.deepEqual(
      [1, 2, 3, 4, 5, 6, 7, 8, 9].map((attempt) => judge(outcome, attempt)),
      [1000, 4000, 16_000, 64_000, 256_000, 1_024_000, 3_600_000, 'given-up', 'given-up'],
    )
    assert.equal(judge(outcome, 2, 0.5), 4500)
  })

  test('a refused target is not tried again', () => {
    assert.equal(judge({ kind: 'refused', message: 'x' }, 1), 'given-up')
  })

  test('a receiver may ask for longer, up to an hour', () => {
    assert.equal(judge({ ...answered(429), retryAfter: 60 }, 1), 60_000)
    assert.equal(judge({ ...answered(429), retryAfter: 0 }, 1), 1000)
    assert.equal(judge({ ...answered(503), retryAfter: 999_999 }, 1), 3_600_000)
  })
})

function answered(status: number): WebhookOutcome & { readonly kind: 'answered' } {
  return { kind: 'answered', status, body: '', retryAfter: undefined }
}

function messageTo(url: string): WebhookMessage {
  return { url, secret: undefined, deliveryId, payload: '{}' }
}

function send(
  message: WebhookMessage,
  options: Partial<WebhookSenderOptions> = {},
): Promise<WebhookOutcome> {
  return createWebhookSender({ clock, allowsPrivateTargets: true, ...options }).send(message)
}

function asAddress(address: string): { readonly address: string; readonly family: number } {
  return { address, family: address.includes(':') ? 6 : 4 }
}
