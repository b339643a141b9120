/** A process of its own that writes runs and versions, and prints each version once it is acknowledged. */

import { openTrackingStore } from '../../src/tracking/store/sqlite-store.ts'

const [directory = '', writer = '', count = '0'] = process.argv.slice(2)
await using store = await openTrackingStore({ directory })
for (let i = 0; i < Number(count); i++) {
  const runId = await store.startRun({ experimentName: 'e', runName: 'r', startTime: i, tags: {} })
  await store.logParams(runId, { p: '1' })
  await store.logMetrics(runId, [{ key: 'm', value: i, timestamp: i, step: 0 }])
  await store.logArtifacts(runId, 'model', new Map([['model.onnx', Buffer.alloc(50_000)]]))
  const { version } = await store.createModelVersion({
    name: 'm',
    runId,
    artifactPath: 'model',
    description: '',
    tags: { writer },
    aliases: ['champion'],
    reason: `by ${writer}`,
    timestamp: i,
  })
  process.stdout.write(`${version}\n`)
}
