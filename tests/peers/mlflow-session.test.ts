/**
 * One session of MLflow's Python client, and plain requests to the REST API, against `mlflow server` and against
 * ours: what each answers, or how it fails, is compared field by field. What differs by design is listed here.
 */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { openServedStore, type ServedStore } from '../tracking/serve-store.ts'
import { openTemporaryFolder } from '../tracking/temporary-folder.ts'
import { clientEnvironment, peer, startRealServer, type RealServer } from './mlflow/real-server.ts'
import { restRequests } from './mlflow/rest-requests.ts'
import { createSender } from './mlflow/send-request.ts'

type Answers = Readonly<Record<string, unknown>>

/** docs/differences-from-mlflow.md says why. */
const answeredBeyond: Answers = {
  "experiments by \"attributes.name = 'credit' AND tags.team = 'risk'\"": ['credit'],
  "runs by \"params.kind IN ('tree', 'linear')\"": ['run 0', 'run 1', 'run 3', 'run 4'],
  'runs by "params.kind NOT IN (\'tree\')"': ['run 1', 'run 2', 'run 4', 'run 5'],
}

/** Our first experiment has no time of its own. */
const withoutDefault = [
  "experiments by 'creation_time > 0'",
  "experiments by 'last_update_time > 0'",
]

describe('mlflow server and ours', { skip: peer.skip }, () => {
  const resources = new AsyncDisposableStack()
  let real: RealServer
  let served: ServedStore

  before(async () => {
    served = resources.use(await openServedStore())
    real = resources.use(await startRealServer())
  })
  after(() => resources.disposeAsync())

  test("MLflow's Python client cannot tell one from the other in more than 200 steps", async () => {
    const [theirs, ours] = await Promise.all([real, served].map(runSession))
    const steps = Object.entries(theirs!)
    assert.ok(steps.length > 200)
    assert.deepEqual(Object.keys(ours!), Object.keys(theirs!))
    for (const [step, answer] of steps) assert.deepEqual(ours![step], expected(step, answer), step)
  })

  test(`${restRequests.length} requests get the same status, code and body`, async () => {
    const [askTheirs, askOurs] = [createSender(real.address), createSender(served.address)]
    for (const request of restRequests) {
      const theirs = await askTheirs(request)
      const ours = await askOurs(request)
      // What makes MLflow fail is the client's mistake with us.
      const wanted = theirs.status === 500 ? refused : theirs
      assert.deepEqual(ours, wanted, JSON.stringify(request).slice(0, 300))
    }
  })

  test('nothing of this made our server fail', () => assert.deepEqual(served.failures, []))
})

const refused = { status: 400, code: 'INVALID_PARAMETER_VALUE', body: undefined }

function expected(step: string, theirs: unknown): unknown {
  if (step in answeredBeyond) {
    assert.equal((theirs as { code?: string }).code, 'INVALID_PARAMETER_VALUE', step)
    return answeredBeyond[step]
  }
  if (!withoutDefault.includes(step)) return theirs
  return (theirs as string[]).filter((name) => name !== 'Default')
}

async function runSession({ address }: { readonly address: string }): Promise<Answers> {
  await using folder = await openTemporaryFolder()
  const output = join(folder.path, 'answers.json')
  const script = join(import.meta.dirname, 'mlflow/session.py')
  await promisify(execFile)(peer.python, ['-W', 'ignore', script, output], {
    cwd: folder.path,
    env: { ...clientEnvironment, MLFLOW_TRACKING_URI: address },
  })
  return JSON.parse(await readFile(output, 'utf8')) as Answers
}
