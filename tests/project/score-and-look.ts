/** Rows that a server of a model has scored, as its log has them, and as monitoring sees them. */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { MonitoredWindow } from '../../src/core/monitored-window.ts'
import type { Predictor } from '../../src/core/predictor.ts'
import { openPredictionLogWriter } from '../../src/monitoring/prediction-log/prediction-log-store.ts'
import { lookBetween } from '../../src/project/monitor/monitor.ts'
import { openTrackingStore } from '../../src/tracking/index.ts'
import { makeScratchFolder } from '../scratch-folder.ts'
import { serveModel } from '../serving/serve-model.ts'
import type { House } from './target-house.ts'

export interface Seen {
  /** Where the log lies. */
  readonly root: string
  readonly window: MonitoredWindow
}

/** @param model - the name under which it is logged */
export async function scoreAndLook(
  { context: own }: House,
  model: string,
  predictor: Predictor,
  rows: readonly object[],
): Promise<Seen> {
  const root = makeScratchFolder()
  const time = Date.UTC(2026, 0, 31, 12)
  {
    await using predictionLog = openPredictionLogWriter({ root, model, now: () => time })
    await using server = await serveModel({ predictor, predictionLog })
    const answer = await server.post('/predict', { rows })
    assert.equal(answer.status, 200, answer.text)
  }
  const context = {
    ...own,
    model,
    logFolder: root,
    storeFolder: join(root, '.mlpt'),
    reference: undefined,
    onlineStore: join(root, 'online.db'),
    openTracking: () => openTrackingStore({ directory: join(root, '.mlpt') }),
    tell: async () => true,
    runPipeline: async () => ({ exitCode: 0, reasons: [] }),
    now: () => time + 1000,
  }
  const [window] = await lookBetween(context, { since: time - 1000, until: time + 1000 })
  assert.ok(window !== undefined)
  return { root, window }
}
