/** The page of a server that wants tokens: the browser asks for one, as the password of any user. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openChromium, skipWithoutChromium } from '../open-chromium.ts'
import { openServedStore } from '../tracking/serve-store.ts'

test(
  'a browser is let in with a token as its password',
  { skip: skipWithoutChromium },
  async () => {
    await using served = await openServedStore()
    const role = 'read'
    const password = await served.store.tokens.createToken({ name: 'ada', role, creationTime: 1 })
    const browser = await openChromium()
    try {
      for (const [given, status] of [
        [password, 200],
        ['wrong', 401],
      ] as const) {
        const httpCredentials = { username: 'any', password: given }
        const page = await browser.newPage({ httpCredentials })
        const answer = await page.goto(served.address)
        assert.equal(answer?.status(), status)
        if (status === 200)
          await page.getByRole('heading', { level: 1, name: 'Experiments' }).waitFor()
        await page.close()
      }
    } finally {
      await browser.close()
    }
  },
)
