import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { readFromProc, readFromPs, watchMemory } from '../../src/pipeline/run/memory-process.ts'

/** Two processes of one group; the second holds 80 MB. It has them when it says so. */
const script = `exec ${process.execPath} -e 'globalThis.a = Buffer.alloc(8e7, 1); console.log("here"); setInterval(Object, 1e5)' & echo; wait`

async function startHog(): Promise<{ group: number } & Disposable> {
  const child = spawn('/bin/sh', ['-c', script], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const { pid: group } = child
  assert.ok(group !== undefined)
  for (let text = ''; !text.includes('here');) text += String(await once(child.stdout, 'data'))
  return { group, [Symbol.dispose]: () => void process.kill(-group, 'SIGKILL') }
}

describe('the memory of a group of processes', () => {
  for (const [name, read, isThere] of [
    ['/proc', readFromProc, existsSync('/proc/self/stat')],
    ['ps', readFromPs, spawnSync('ps', ['-A']).status === 0],
  ] as const) {
    test(`is told by ${name}`, { skip: isThere ? false : `skipped: no ${name}` }, async () => {
      using hog = await startHog()
      const bytes = await read(hog.group)
      assert.ok(bytes > 8e7 && bytes < 1e9, String(bytes))
      assert.equal(await read(2 ** 30), 0)
    })
  }

  test('is watched until nobody wants to know any more', async () => {
    using hog = await startHog()
    const used = await new Promise<number>((resolve, reject) => {
      watchMemory(hog.group, 7e7, resolve).catch(reject)
    })
    assert.ok(used > 8e7, String(used))
    const calls: number[] = []
    const watched = await watchMemory(hog.group, 7e7, (bytes) => calls.push(bytes))
    watched[Symbol.dispose]()
    await sleep(500)
    assert.deepEqual(calls, [])
  })
})
