/** docs/prediction-log.md says what is. */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import { Command } from 'commander'
import { Registry } from 'prom-client'
import { addPredictionLogFlags } from '../../src/cli/flags/prediction-log-flags.ts'
import { rowColumns } from '../../src/monitoring/prediction-log/spool-table-store.ts'
import { observePredictionLog } from '../../src/serving/operations/prediction-log-metrics.ts'
import { openLog } from '../monitoring/prediction-log/use-log.ts'
import { makeScratchFolder } from '../scratch-folder.ts'
import { serveModel } from './serve-model.ts'

const text = readFileSync('docs/prediction-log.md', 'utf8').replaceAll(/ +\|/g, ' |')

describe('docs/prediction-log.md', () => {
  test('has every column of a row with its type', () => {
    const rows = [...text.matchAll(/^\| `(\w+)` \| ([A-Z]+) \|/gm)]
    assert.deepEqual(Object.fromEntries(rows.map(([, name, type]) => [name, type])), rowColumns)
  })

  test('has every metric, and no other', () => {
    const registry = new Registry()
    observePredictionLog(registry, () => ({ rows: 0, droppedRows: 0, bytes: 0, faults: 0 }))
    assert.deepEqual(
      [...text.matchAll(/^\| `(mlpt_\w+)`/gm)].map(([, name]) => name),
      registry.getMetricsAsArray().map(({ name }) => name),
    )
  })

  test('has every flag', () => {
    for (const { long } of addPredictionLogFlags(new Command()).options) {
      assert.ok(text.includes(String(long)), String(long))
    }
  })

  test('labels are sent and answered as it shows', async () => {
    const [, command = '', answer = ''] =
      /```sh\n(curl [^`]*feedback[^`]*)```\n\n```json\n([^]*?)```/.exec(text)!
    await using log = openLog(makeScratchFolder())
    await using server = await serveModel({ predictionLog: log })
    const there = command.replace('localhost:8000', `127.0.0.1:${server.port}`)
    const { stdout } = await promisify(execFile)('sh', ['-c', there], {
      env: { ...process.env, NO_PROXY: '127.0.0.1' },
    })
    assert.deepEqual(JSON.parse(stdout), JSON.parse(answer))
  })
})
