/**
 * One session of MLflow's Python client against `mlflow server` and against ours: what each step
 * answers, or how it fails, is compared field by field. What differs by design is listed here.
 */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import { openServedStore } from '../tracking/serve-store.ts'
import { openTemporaryFolder } from '../tracking/temporary-folder.ts'
import { clientEnvironment, peer, startRealServer } from './mlflow/real-server.ts'

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

describe("MLflow's Python client", { skip: peer.skip, timeout: 400_000 }, () => {
  test('cannot tell our server from a real one in a session of more than 200 steps', async () => {
    const [theirs, ours] = await Promise.all([runAtRealServer(), runAtOurs()])
    assert.ok(Object.keys(theirs).length > 200)
    assert.deepEqual(Object.keys(ours), Object.keys(theirs))
    for (const [step, answer] of Object.entries(theirs)) {
      assert.deepEqual(ours[step], expected(step, answer), step)
    }
  })
})

function expected(step: string, theirs: unknown): unknown {
  if (step in answeredBeyond) {
    assert.equal((theirs as { code?: string }).code, 'INVALID_PARAMETER_VALUE', step)
    return answeredBeyond[step]
  }
  if (!withoutDefault.includes(step)) return theirs
  return (theirs as string[]).filter((name) => name !== 'Default')
}

async function runAtRealServer(): Promise<Answers> {
  await using server = await startRealServer()
  return await runSession(server.address)
}

async function runAtOurs(): Promise<Answers> {
  await using served = await openServedStore()
  const answers = await runSession(served.address)
  assert.deepEqual(served.failures, [])
  return answers
}

async function runSession(address: string): Promise<Answers> {
  await using folder = await openTemporaryFolder()
  const output = join(folder.path, 'answers.json')
  const script = join(import.meta.dirname, 'mlflow/session.py')
  await promisify(execFile)(peer.python, ['-W', 'ignore', script, output], {
    cwd: folder.path,
    env: { ...clientEnvironment, MLFLOW_TRACKING_URI: address },
  })
  return JSON.parse(await readFile(output, 'utf8')) as Answers
}
