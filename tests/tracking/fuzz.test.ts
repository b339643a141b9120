/** Whatever is sent to whichever endpoint: the server answers, in MLflow's shape, and never fails. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { addressesOf, rawRoutes, routeGroups } from '../../src/tracking/server/all-routes.ts'
import { randomRequest, type Target } from './random-requests.ts'
import { openServedRuns, type ServedRuns } from './serve-credit-runs.ts'
import { ask, type Answer } from './serve-store.ts'

const requestsEach = 60
/** Far beyond what any of these may take: a request that is not answered is a failure, not a wait. */
const hangMs = 30_000

const targets: readonly Target[] = Object.entries(routeGroups).flatMap(([group, routes]) =>
  routes.flatMap(({ methods, path, fields }) =>
    methods.map((method) => ({ method, address: `/api/2.0/${group}/${path}`, fields })),
  ),
)
const rawTargets: readonly Target[] = rawRoutes.flatMap(({ methods, path, fields = {} }) =>
  methods.map((method) => ({ method, address: addressesOf(path)[0]!, fields })),
)

let served: ServedRuns
let known: readonly string[]

before(async () => {
  served = await openServedRuns()
  const { first, second, store } = served
  const model = await store.createLoggedModel({ experimentId: '1', name: 'logged' })
  known = [first, second, model.modelId, '0', '1', 'credit', 'champion', 'model', 'loss', 'a']
  known = [...known, `runs:/${first}/model`, `1/${first}/artifacts/model`, '2']
})
after(() => served[Symbol.asyncDispose]())

describe('random requests to each endpoint', () => {
  for (const target of targets) {
    test(`${target.method} ${target.address} answers with a message or MLflow's error`, () =>
      checkTarget(target, (answer) => assert.equal(typeof answer.json, 'object')))
  }
  for (const target of rawTargets) {
    test(`${target.method} ${target.address} answers with bytes or MLflow's error`, () =>
      checkTarget(target, () => undefined))
  }
  test('none of them made the server fail', () => assert.deepEqual(served.failures, []))
})

async function checkTarget(target: Target, checkSuccess: (answer: Answer) => void): Promise<void> {
  const property = fc.asyncProperty(randomRequest(target, known), async ({ path, options }) => {
    const answer = await ask(served.address, path, options)
    if (answer.status < 300) checkSuccess(answer)
    else checkError(answer)
  })
  await fc.assert(property, { numRuns: requestsEach, timeout: hangMs })
}

function checkError({ status, json, text }: Answer): void {
  assert.ok(status >= 400 && status < 500, `${status}: ${text}`)
  assert.match(String(json?.error_code), /^[A-Z_]+$/, text)
  assert.equal(typeof json.message, 'string')
  // What the client sent may stand in a message; what the server is made of may not.
  assert.doesNotMatch(json.message, /SQLITE_|no such (table|column)|node:internal|\.ts:\d/)
}
