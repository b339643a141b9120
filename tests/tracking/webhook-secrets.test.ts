import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFile, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createTrackingServer } from '../../src/tracking/server/rest-server.ts'
import { openTrackingStore } from '../../src/tracking/store/sqlite-store.ts'
import {
  decryptSecret,
  encryptSecret,
  parseSecretKey,
} from '../../src/tracking/webhooks/secret-cipher.ts'
import { change } from './open-registry.ts'
import { openTemporaryFolder } from './temporary-folder.ts'
import { openReceiver } from './webhook-receiver.ts'

const events = [{ entity: 'REGISTERED_MODEL', action: 'CREATED' }] as const
const hook = { name: 'hook', url: 'https://example.org/', events, secret: 'hidden-secret' }

describe('the secret of a webhook', () => {
  test('lies encrypted in the store, and in no answer', async () => {
    await using folder = await openTemporaryFolder()
    await using store = await openTrackingStore({ directory: folder.path })
    const { webhooks } = store
    const made = await webhooks.createWebhook(hook, 1)
    const shown = [
      made,
      await webhooks.getWebhook(made.webhookId),
      await webhooks.listWebhooks({ maxResults: 1 }),
      await webhooks.updateWebhook(made.webhookId, { secret: 'hidden-other' }, 5),
    ]
    assert.ok(!JSON.stringify(shown).includes('hidden'))
    assert.equal(await webhooks.getSecret(made.webhookId), 'hidden-other')
    assert.deepEqual(await filesWith(folder.path, 'hidden'), [])
    const { mode } = await stat(join(folder.path, 'webhook-key'))
    assert.equal(mode & 0o777, 0o600)
    await using again = await openTrackingStore({ directory: folder.path })
    assert.equal(await again.webhooks.getSecret(made.webhookId), 'hidden-other')
  })

  test('is encrypted with the key that was given, and no file is made', async () => {
    await using folder = await openTemporaryFolder()
    const webhookKey = randomBytes(32)
    await using store = await openTrackingStore({ directory: folder.path, webhookKey })
    const { webhookId } = await store.webhooks.createWebhook(hook, 1)
    assert.equal(await store.webhooks.getSecret(webhookId), hook.secret)
    assert.ok(!(await readdir(folder.path)).includes('webhook-key'))
    await using other = await openTrackingStore({ directory: folder.path })
    await assert.rejects(other.webhooks.getSecret(webhookId), {
      code: 'TRACKING_STORE_INVALID',
      message: `the secret of webhook ${webhookId} was encrypted with another key`,
    })
    await other.webhooks.updateWebhook(webhookId, { secret: 'new' }, 2)
    assert.equal(await other.webhooks.getSecret(webhookId), 'new')
  })

  test('that lay open is encrypted when a server starts, and nothing of it is left in the files', async () => {
    await using folder = await openTemporaryFolder()
    await using receiver = await openReceiver()
    await using store = await openTrackingStore({ directory: folder.path })
    const { webhookId } = await store.webhooks.createWebhook({ ...hook, url: receiver.url }, 1)
    storeOpenly(folder.path, 'hidden-secret')
    assert.equal(await store.webhooks.getSecret(webhookId), 'hidden-secret')
    assert.notDeepEqual(await filesWith(folder.path, 'hidden-secret'), [])
    const server = createTrackingServer({ store, allowsPrivateWebhooks: true })
    await server.ready()
    await store.createRegisteredModel({ name: 'm' }, change)
    await receiver.waitFor(1)
    await server.close()
    assert.ok(receiver.received[0]?.headers['x-mlflow-signature'])
    assert.equal(await store.webhooks.getSecret(webhookId), 'hidden-secret')
    assert.deepEqual(await filesWith(folder.path, 'hidden-secret'), [])
  })

  test('that cannot be read stops what it should sign: nothing is sent, and it is said', async () => {
    await using folder = await openTemporaryFolder()
    await using receiver = await openReceiver()
    await using first = await openTrackingStore({
      directory: folder.path,
      webhookKey: randomBytes(32),
    })
    await first.webhooks.createWebhook({ ...hook, url: receiver.url }, 1)
    await first.createRegisteredModel({ name: 'm' }, change)
    let now = 1_000_000
    await using store = await openTrackingStore({ directory: folder.path, clock: () => now })
    const failures: unknown[] = []
    const server = createTrackingServer({
      store,
      allowsPrivateWebhooks: true,
      clock: () => (now += 4_000_000),
      onInternalError: (error) => failures.push(error),
    })
    await server.ready()
    while ((await store.webhooks.countDeliveries()) > 0) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await server.close()
    assert.equal(receiver.received.length, 0)
    assert.match(
      String(failures),
      /the secret of webhook [0-9a-f-]{36} was encrypted with another key, 8 times/,
    )
  })
})

describe('Fernet tokens', () => {
  /** The specification's own example, github.com/fernet/spec. */
  const key = parseSecretKey('cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=')
  const token =
    'gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA=='

  test('are those of the specification', () => {
    const iv = Uint8Array.from({ length: 16 }, (_, i) => i)
    assert.equal(encryptSecret(key, 'hello', { iv, time: 499_162_800_000 }), token)
    assert.equal(decryptSecret(key, token), 'hello')
  })

  test('give back every text, to the same key alone, and not when a byte was changed', () => {
    const property = fc.property(
      fc.string({ unit: 'binary' }).map((text) => text.toWellFormed()),
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.nat(),
      (text, ownKey, place) => {
        const made = encryptSecret(ownKey, text, { iv: randomBytes(16), time: 1 })
        assert.equal(decryptSecret(ownKey, made), text)
        assert.equal(decryptSecret(key, made), undefined)
        const changed = Buffer.from(made, 'base64url')
        changed[place % changed.length]! ^= 1
        assert.equal(decryptSecret(ownKey, changed.toString('base64url')), undefined)
      },
    )
    fc.assert(property)
  })

  test('are never made of garbage', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        assert.equal(decryptSecret(key, text), undefined)
      }),
    )
  })

  for (const bad of ['', 'x', 'cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4', 'ä'.repeat(43)]) {
    test(`a key '${bad.slice(0, 10)}' of ${bad.length} letters is refused, and not told`, () => {
      assert.throws(() => parseSecretKey(bad), {
        code: 'TRACKING_INVALID',
        message: 'the key for the secrets of webhooks is no base64 of 32 bytes',
      })
    })
  }
})

/** As a version before this one did. */
function storeOpenly(directory: string, secret: string): void {
  using database = new DatabaseSync(join(directory, 'tracking.sqlite'))
  database.prepare('UPDATE webhooks SET secret = ?').run(secret)
}

/** Names of the store's files that hold a text. */
async function filesWith(directory: string, text: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const name of (await readdir(directory)).filter((file) => file.startsWith('tracking.'))) {
    if ((await readFile(join(directory, name))).includes(text)) found.push(name)
  }
  return found
}
