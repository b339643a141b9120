/** Schemathesis reads our OpenAPI document and tries each endpoint with what fits it and what does not. */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { openServedStore } from '../tracking/serve-store.ts'
import { openTemporaryFolder } from '../tracking/temporary-folder.ts'
import { findPeer } from './python.ts'

const peer = findPeer('.venv', 'schemathesis')

test(
  'more than a thousand requests made from the OpenAPI document never make the server fail',
  { skip: peer.skip },
  async () => {
    await using served = await openServedStore()
    const report = await runSchemathesis(`${served.address}/openapi.json`)
    assert.deepEqual(served.failures, [])
    assert.equal(report.code, 0, report.output)
    const operations = /Selected: (\d+)\/(\d+)/.exec(report.output)
    assert.ok(Number(operations?.[1]) > 70, report.output)
    assert.equal(operations?.[1], operations?.[2])
    const cases = /(\d+) generated, (\d+) passed/.exec(report.output)
    assert.ok(Number(cases?.[1]) > 1000, report.output)
    assert.equal(cases?.[1], cases?.[2])
  },
)

async function runSchemathesis(document: string): Promise<{ code: number; output: string }> {
  await using folder = await openTemporaryFolder()
  const args = ['-m', 'schemathesis.cli', 'run', document, '--seed', '1', '--no-color']
  args.push('--checks', 'not_a_server_error')
  args.push('--phases', 'coverage,fuzzing', '--max-examples', '15', '--continue-on-failure')
  args.push('--request-timeout', '30', '--suppress-health-check', 'all')
  args.push('--generation-database', 'none')
  const python = spawn(peer.python, args, {
    cwd: folder.path,
    env: { ...process.env, NO_PROXY: '127.0.0.1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const chunks: Buffer[] = []
  for (const stream of [python.stdout, python.stderr]) {
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  }
  const [code] = await once(python, 'close')
  return { code: Number(code), output: Buffer.concat(chunks).toString('utf8') }
}
