import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { Command } from 'commander'
import { addServingFlags } from '../../src/cli/flags/serving-flags.ts'
import { createServingMetrics } from '../../src/serving/operations/metrics.ts'
import { createModelSlots } from '../../src/serving/rollout/model-slots.ts'
import { defaultLimits } from '../../src/serving/http/limits.ts'
import { defaultOverloadLimits } from '../../src/serving/operations/overload.ts'
import { predictor, row, serveModel } from './serve-model.ts'

const text = readFileSync('docs/serving-operations.md', 'utf8').replaceAll(/ +\|/g, ' |')

describe('docs/serving-operations.md', () => {
  test('has every metric with its labels, and no other', async () => {
    const metrics = createServingMetrics()
    metrics.describeModels(createModelSlots({ predictor }), () => true)
    const rows = [...text.matchAll(/^\| `(mlpt_\w+)` \| ?([^|]*?) ?\|/gm)]
    const told = rows.map(([, name, labels]) => [name, labels === '' ? [] : labels!.split(', ')])
    const known = metrics.registry.getMetricsAsArray().map((metric) => {
      const { name, labelNames } = metric as typeof metric & { labelNames: readonly string[] }
      return [name, [...labelNames].filter((label) => label !== 'le')]
    })
    assert.deepEqual(told.sort(), known.sort())
  })

  test('has every flag of limits, with the default that holds', () => {
    const flags = addServingFlags(new Command()).options.map(({ long }) => long!)
    for (const flag of flags) assert.ok(text.includes(`\`${flag}`), flag)
    const defaults = Object.fromEntries(
      [...text.matchAll(/^\| `(--[\w-]+)` \| (\d+) \|/gm)].map((found) => [found[1], found[2]]),
    )
    assert.deepEqual(defaults, {
      '--max-body-bytes': String(defaultLimits.bodyBytes),
      '--max-rows': String(defaultLimits.rows),
      '--request-timeout-ms': String(defaultLimits.requestTimeoutMs),
      '--max-in-flight': String(defaultOverloadLimits.requestsInFlight),
      '--max-lag-ms': String(defaultOverloadLimits.lagMs),
    })
  })

  test('shows a line of the log with the members that it has', async () => {
    const written: string[] = []
    const log = { write: (line: string): void => void written.push(line) }
    await using server = await serveModel({ log })
    await server.post('/predict', row)
    const shown = JSON.parse(/```text\n(.*)\n```/.exec(text)![1]!) as object
    const line = written.map((one) => JSON.parse(one) as Record<string, unknown>)
    const answered = line.find(({ msg }) => msg === 'answered')!
    assert.deepEqual(Object.keys(answered), Object.keys(shown))
  })

  test('shows how a token is made: the server knows it', async () => {
    const [, command] = /\$\((printf %s "\$TOKEN" .*)\)"$/m.exec(text)!
    const token = 'f0'.repeat(32)
    const hash = execFileSync('sh', ['-c', command!], { env: { ...process.env, TOKEN: token } })
    await using server = await serveModel({ tokenHashes: [String(hash).trim()] })
    const headers = { authorization: `Bearer ${token}` }
    assert.equal((await server.send('/v2', { headers })).status, 200)
    assert.equal((await server.send('/v2')).status, 401)
  })
})
