/** The requests of docs/serving.md are answered as it says. */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import { serveModel } from './serve-model.ts'

const run = promisify(execFile)
const pairs = [
  ...readFileSync('docs/serving.md', 'utf8').matchAll(/```sh\n([^]*?)```\n\n```json\n([^]*?)```/g),
]

describe('docs/serving.md', () => {
  test('has a request for each protocol', () => {
    const commands = pairs.map((pair) => pair[1]).join('\n')
    for (const path of ['/predict', '/invocations', '/v1/models/', '/v2/models/']) {
      assert.ok(commands.includes(`localhost:8000${path}`), path)
    }
  })

  for (const [, command = '', answer = ''] of pairs) {
    test(`answers ${command.replaceAll(/\s+/g, ' ').slice(0, 120)} as written`, async () => {
      await using server = await serveModel({ modelVersion: '3' })
      const there = command.replace('localhost:8000', `127.0.0.1:${server.port}`)
      const { stdout } = await run('sh', ['-c', there], {
        env: { ...process.env, NO_PROXY: '127.0.0.1' },
      })
      assert.deepEqual(JSON.parse(stdout), JSON.parse(answer))
    })
  }
})
