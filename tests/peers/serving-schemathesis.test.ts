/** Schemathesis reads the document of a served model and tries each operation with what fits it and what does not. */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { test } from 'node:test'
import type { FeatureReader } from '../../src/core/feature-reader.ts'
import { predictor, serveModel } from '../serving/serve-model.ts'
import { openTemporaryFolder } from '../tracking/temporary-folder.ts'
import { findPeer } from './python.ts'

const peer = findPeer('.venv', 'schemathesis')
const token = 'f0'.repeat(32)
const policies = {
  age: { missing: 'impute', outOfRange: 'warn', value: 40 },
  town: { unknownLevel: 'warn' },
} as const
const features: FeatureReader = {
  entities: { client: { type: 'integer' } },
  columns: ['late', 'debt'],
  read: () => ({ values: { late: 1 }, absent: { debt: 'NULL' } }),
}
const checks = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'ignored_auth',
]

test(
  'hundreds of requests made from the OpenAPI document are answered as it says, never with 5xx',
  { skip: peer.skip },
  async () => {
    const failures: unknown[] = []
    // All that changes the document: policies, a store, tokens.
    await using server = await serveModel({
      predictor: { ...predictor, policies },
      features,
      tokenHashes: [createHash('sha256').update(token).digest('hex')],
      onInternalError: (error) => failures.push(error),
    })
    const report = await runSchemathesis(`${server.address}/openapi.json`)
    assert.deepEqual(failures, [])
    assert.equal(report.code, 0, report.output)
    const operations = /Selected: (\d+)\/(\d+)/.exec(report.output)
    assert.ok(Number(operations?.[1]) >= 14, report.output)
    const cases = /(\d+) generated, (\d+) passed/.exec(report.output)
    assert.ok(Number(cases?.[1]) > 150, report.output)
    assert.equal(cases?.[1], cases?.[2], report.output)
  },
)

async function runSchemathesis(document: string): Promise<{ code: number; output: string }> {
  await using folder = await openTemporaryFolder()
  const args = ['-m', 'schemathesis.cli', 'run', document, '--seed', '1', '--no-color']
  args.push('--checks', checks.join(), '--header', `Authorization: Bearer ${token}`)
  args.push('--phases', 'examples,coverage,fuzzing', '--max-examples', '12')
  args.push('--continue-on-failure', '--suppress-health-check', 'all')
  args.push('--request-timeout', '30', '--generation-database', 'none')
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
