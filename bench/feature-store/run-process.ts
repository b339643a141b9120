/** What bench/feature-store.ts measures of ours, one task a process: `join` or `online`. */

import { writeFileSync } from 'node:fs'
import {
  defineFeatureView,
  joinFeatures,
  materializeFeatures,
  openOnlineStore,
  readOnlineFeatures,
} from 'ml-pipeline-toolkit'

export const view = defineFeatureView({
  name: 'facts',
  entities: { client: { type: 'integer' } },
  timestamp: 'event_timestamp',
  created: 'created',
  ttl: '3d',
  features: {
    f1: { type: 'number' },
    f2: { type: 'number' },
    f3: { type: 'number' },
    f4: { type: 'number' },
    f5: { type: 'number' },
  },
})

const [task, store, ...paths] = process.argv.slice(2)
if (task === 'join') await join(store!, paths)
if (task === 'online') await online(store!, paths[0]!)

async function join(folder: string, [file, output, seconds]: readonly string[]): Promise<void> {
  const begin = process.cpuUsage()
  await joinFeatures(
    [{ view }],
    { store: folder, file: file!, output: output! },
    { timestamp: 'event_timestamp' },
  )
  writeFileSync(seconds!, String(secondsSince(begin)))
}

async function online(folder: string, path: string): Promise<void> {
  using opened = openOnlineStore(path)
  const begin = process.cpuUsage()
  await materializeFeatures(view, { store: folder, online: opened, until: '2026-03-01T00:00:00Z' })
  const materializeCpuSeconds = secondsSince(begin)
  const at = Date.parse('2026-02-19T00:00:00Z')
  const reads = Array.from({ length: 2000 }, (_, client) => {
    const start = performance.now()
    readOnlineFeatures(opened, view, { key: { client }, at })
    return performance.now() - start
  })
  const readMicroseconds = reads.toSorted((a, b) => a - b)[1000]! * 1000
  process.stdout.write(JSON.stringify({ materializeCpuSeconds, readMicroseconds }))
}

function secondsSince(begin: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(begin)
  return (user + system) / 1e6
}
