/**
 * A client process that logs metrics to a server, one request each over one connection, sends again what was
 * not acknowledged, and prints the step of each metric that was.
 */

import { setTimeout as sleep } from 'node:timers/promises'

const [address = '', runId = '', key = '', count = '0'] = process.argv.slice(2)
const giveUpMs = 30_000
const pauseMs = 20

for (let step = 0; step < Number(count); step++) {
  await logUntilAcknowledged(step)
  process.stdout.write(`${step}\n`)
}

async function logUntilAcknowledged(step: number): Promise<void> {
  for (let waitedMs = 0; waitedMs < giveUpMs; waitedMs += pauseMs) {
    if (await isAcknowledged(step)) return
    await sleep(pauseMs)
  }
  throw new Error(`step ${step} was not acknowledged`)
}

async function isAcknowledged(step: number): Promise<boolean> {
  const body = JSON.stringify({ run_id: runId, key, value: step / 2, timestamp: 1000 + step, step })
  const headers = { 'content-type': 'application/json' }
  let response: Response
  try {
    response = await fetch(`${address}/api/2.0/mlflow/runs/log-metric`, {
      method: 'POST',
      headers,
      body,
    })
    await response.text()
  } catch {
    return false // the server is gone; it comes back
  }
  if (response.status === 200) return true
  throw new Error(`step ${step} was refused with status ${response.status}`)
}
