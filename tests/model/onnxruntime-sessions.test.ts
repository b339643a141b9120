import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { openRuntimeSession } from '../../src/model/onnxruntime-process.ts'
import { openTemporaryFolder } from '../tracking/temporary-folder.ts'

setFlagsFromString('--expose-gc')
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the flag puts there
const collectGarbage = runInNewContext('gc') as () => void

/** Each worker that loads it stays connected for as long as it lives. */
const runtime = (port: number): string => `
  require('node:net').connect(${port}, '127.0.0.1').unref()
  exports.Tensor = class {}
  exports.InferenceSession = {
    create: async () => ({
      inputMetadata: [], outputMetadata: [],
      run: async () => ({ y: { data: Float32Array.of(0.5) } }),
    }),
  }
`

test('the worker of a session ends when nobody has the session any more, and not before', async () => {
  await using folder = await openTemporaryFolder()
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const file = join(folder.path, 'runtime.cjs')
  await writeFile(file, runtime((server.address() as AddressInfo).port))
  const alive = new Set<Socket>()
  server.on('connection', (socket) => {
    alive.add(socket)
    socket.on('error', () => undefined).once('close', () => alive.delete(socket))
  })
  const kept = await openRuntimeSession(file, new Uint8Array())
  for (let model = 0; model < 2; model++) await openRuntimeSession(file, new Uint8Array())
  while (alive.size < 3) await wait(5)
  while (alive.size > 1) {
    collectGarbage()
    await wait(5)
  }
  assert.deepEqual(kept.run([], 'y'), Float32Array.of(0.5))
  server.close()
})

test('a session whose thread ends says so at once, to whoever waits and to all that ask later', async () => {
  await using folder = await openTemporaryFolder()
  const file = join(folder.path, 'ending.cjs')
  const body = 'run: async () => process.exit(3)'
  await writeFile(
    file,
    `exports.InferenceSession = { create: async () => ({ inputMetadata: [], outputMetadata: [], ${body} }) }`,
  )
  const session = await openRuntimeSession(file, new Uint8Array())
  assert.throws(() => session.run([], 'y'), { code: 'MODEL_INVALID', message: /its thread ended/ })
  for (let later = 0; later < 2; later++) {
    assert.throws(() => session.run([], 'y'), { message: /onnxruntime has ended/ })
    await wait(1)
  }
})
