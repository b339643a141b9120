import { openServedStore, type ServedStore } from './serve-store.ts'

export interface ServedRuns extends ServedStore {
  /** Has a model and is the source of the model 'credit', version 1, the champion. */
  readonly first: string
  readonly second: string
}

/** Four runs of the experiment 'credit' and one registered model behind a server. */
export async function openServedRuns(): Promise<ServedRuns> {
  const served = await openServedStore({ allowedHosts: ['ml.example.org'] })
  const { store } = served
  const first = await addRun(served, 'first', 1, {
    metrics: { loss: 0.5, odd: NaN },
    params: { model: 'linear' },
  })
  const second = await addRun(served, 'second', 2, {
    metrics: { loss: 0.25, odd: Infinity },
    params: { model: 'boosting' },
  })
  await addRun(served, 'third', 3, { metrics: { loss: NaN }, params: {} })
  await addRun(served, 'fourth', 4, { metrics: {}, params: {} })
  const files = new Map([
    ['MLmodel', Buffer.from('{}')],
    ['sub/ü %41.txt', Buffer.from('text')],
  ])
  await store.logArtifacts(first, 'model', files)
  await store.createModelVersion({
    name: 'credit',
    runId: first,
    artifactPath: 'model',
    description: 'about',
    tags: { data: 'abc' },
    aliases: ['champion'],
    reason: 'passed',
    timestamp: 5,
  })
  return { ...served, first, second }
}

async function addRun(
  { store }: ServedStore,
  name: string,
  startTime: number,
  content: { metrics: Record<string, number>; params: Record<string, string> },
): Promise<string> {
  const tags = { note: name, 'mlflow.user': 'ada' }
  const runId = await store.startRun({ experimentName: 'credit', runName: name, startTime, tags })
  await store.logParams(runId, content.params)
  const points = Object.entries(content.metrics)
  await store.logMetrics(
    runId,
    points.map(([key, value]) => ({ key, value, timestamp: 7, step: 0 })),
  )
  await store.endRun(runId, 'FINISHED', startTime + 10)
  return runId
}
