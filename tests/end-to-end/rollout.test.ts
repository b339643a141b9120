/** Models change under load, and more is asked than can be done: nobody is failed, nothing grows. */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Predictor } from '../../src/core/predictor.ts'
import { openPredictor } from '../../src/model/index.ts'
import { createModelSlots, followAlias } from '../../src/serving/index.ts'
import { predictor as handMade, row as handMadeRow, serveModel } from '../serving/serve-model.ts'
import { drawRows, trainSmallModel } from '../serving/trained-model.ts'

setFlagsFromString('--expose-gc')
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the flag puts there
const collectGarbage = runInNewContext('gc') as () => void

function heapMb(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed / 2 ** 20
}

describe('under load', () => {
  test('200 swaps, a canary that is rolled back and one of the champion: no request fails, each number is of the version it names', async () => {
    await using linear = await trainSmallModel('logistic')
    await using trees = await trainSmallModel('boosting')
    const folders = [linear.directory, trees.directory]
    const rows = drawRows(5, 50)
    // Odd versions are linear, even ones trees; each is opened anew, as from a registry.
    const openVersion = async (version: string) => ({
      predictor: await openPredictor(folders[(Number(version) + 1) % 2]!),
      modelVersion: version,
    })
    const right = await Promise.all(
      ['1', '2'].map(async (version) => {
        const { predictor } = await openVersion(version)
        return rows.map((row) => predictor.predict(toMatrix(predictor, row))[0]!)
      }),
    )
    assert.ok(right[0]!.every((probability, row) => probability !== right[1]![row]))

    const models = createModelSlots(await openVersion('1'))
    const alias = { version: '1' }
    const look = async () => ({ version: alias.version, registeredAt: 1 })
    using follower = followAlias({
      slots: models,
      arm: 'champion',
      everyMs: 60_000,
      look,
      open: openVersion,
    })
    const canary = { share: 0.3, judgeEveryMs: 20, limits: { latencyMarginMs: 1 } }
    await using server = await serveModel({ models, canary })
    const agent = new Agent({ keepAlive: true, maxSockets: 8 })
    const over = new AbortController()
    const seen = new Map<string, number>()
    const client = async (first: number): Promise<void> => {
      for (let at = first; !over.signal.aborted; at++) {
        const row = at % rows.length
        const { status, text } = await post(agent, server.port, rows[row]!)
        assert.equal(status, 200, text)
        const answer = JSON.parse(text) as { probability: number; model: { version: string } }
        const { version } = answer.model
        assert.equal(answer.probability, right[(Number(version) + 1) % 2]![row], version)
        seen.set(version, (seen.get(version) ?? 0) + 1)
      }
    }
    const clients = Array.from({ length: 8 }, (_, at) => client(at))
    const moveTo = async (version: number): Promise<void> => {
      alias.version = String(version)
      await follower.lookNow()
      assert.equal(models.champion().identity.version, alias.version)
      await wait(2)
    }
    let before = 0
    for (let version = 2; version <= 201; version++) {
      await moveTo(version)
      if (version === 30) before = heapMb()
    }
    assert.ok(heapMb() - before < 8, `${before} MB became ${heapMb()} MB`)

    models.put('canary', await slowed(openVersion('1000')))
    while (models.get('canary') !== undefined) await wait(10)
    await moveTo(200)
    over.abort()
    await Promise.all(clients)
    agent.destroy()
    assert.ok(seen.size > 100, `${seen.size} versions answered`)
    assert.ok((seen.get('1000') ?? 0) >= 30) // Fewer would be no reason to take it back.
    const metrics = (await server.send('/metrics')).text
    assert.match(metrics, /^mlpt_model_swaps_total\{arm="champion",outcome="swapped"\} 201$/m)
    assert.match(metrics, /^mlpt_canary_rollbacks_total\{cause="latency"\} 1$/m)
    assert.doesNotMatch(metrics, /^mlpt_http_requests_total\{.*code="[345]/m)
  })

  test('ten times what can be done: answered or told when to come again, in bounded memory, and slow clients hold up nobody', async () => {
    const predict: Predictor['predict'] = (rows) => {
      busy(1)
      return handMade.predict(rows)
    }
    await using server = await serveModel({
      predictor: { ...handMade, predict },
      overload: { lagMs: 20 }, // Twenty requests' worth, and ten times as many clients.
      limits: { requestTimeoutMs: 1000 },
    })
    const slow = await Promise.all(Array.from({ length: 20 }, () => connectSlowly(server.port)))
    const before = heapMb()
    const answers = await askFromElsewhere(server.port, { connections: 200, turns: 5 })
    const isTold = ([status, retryAfter]: readonly string[]): boolean =>
      status === '200' || (status === '503' && retryAfter === '1')
    assert.deepEqual(
      answers.filter((answer) => !isTold(answer)),
      [],
    )
    const count = (wanted: string): number => answers.filter(([status]) => status === wanted).length
    assert.equal(answers.length, 1000)
    assert.ok(count('200') >= 20 && count('503') >= 20, `${count('200')} and ${count('503')}`)
    assert.ok(heapMb() - before < 20, `${before} MB became ${heapMb()} MB`)
    const slowAnswers = await Promise.all(slow.map(({ answer }) => answer))
    // On a busy machine it may be late before the load comes, or once more after it, and says so: whoever comes again is answered.
    const isEnded = (answer: string): boolean => /^HTTP\/1\.1 (?:408|503)$/.test(answer)
    assert.deepEqual(
      slowAnswers.filter((answer) => !isEnded(answer)),
      [],
    )
    assert.ok(slowAnswers.includes('HTTP/1.1 408'))
    const ask = async (): Promise<number> => (await server.post('/predict', handMadeRow)).status
    let status = await ask()
    for (let turn = 0; status === 503 && turn < 5; turn++) {
      await wait(1000)
      status = await ask()
    }
    assert.equal(status, 200)
  })
})

function toMatrix({ inputs }: Predictor, row: Readonly<Record<string, number | null>>) {
  const values = Float32Array.from(Object.keys(inputs), (name) => row[name] ?? Number.NaN)
  return { rows: 1, columns: values.length, values }
}

function busy(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end) continue
}

async function slowed(opening: Promise<{ predictor: Predictor; modelVersion: string }>) {
  const { predictor, modelVersion } = await opening
  const predict: Predictor['predict'] = (rows) => {
    busy(5)
    return predictor.predict(rows)
  }
  return { predictor: { ...predictor, digest: 'slowed', predict }, modelVersion }
}

/** Clients in a process of their own, whose load is not held up by what it asks for. @returns status and `Retry-After` */
async function askFromElsewhere(
  port: number,
  { connections, turns }: { readonly connections: number; readonly turns: number },
): Promise<readonly (readonly string[])[]> {
  const program = `
    const { Agent, request } = require('node:http')
    const agent = new Agent({ keepAlive: true, maxSockets: ${connections} })
    const headers = { 'content-type': 'application/json' }
    const options = { host: '127.0.0.1', port: ${port}, path: '/predict', method: 'POST', headers, agent }
    const answers = []
    const ask = () => new Promise((resolve) => {
      const outgoing = request(options, (incoming) => {
        answers.push([String(incoming.statusCode), String(incoming.headers['retry-after'])])
        incoming.resume().on('end', resolve)
      })
      outgoing.on('error', (error) => (answers.push([error.message]), resolve()))
      outgoing.end(${JSON.stringify(JSON.stringify(handMadeRow))})
    })
    const client = async () => { for (let turn = 0; turn < ${turns}; turn++) await ask() }
    Promise.all(Array.from({ length: ${connections} }, client)).then(() => {
      agent.destroy()
      process.stdout.write(JSON.stringify(answers))
    })
  `
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', program])
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the program above writes
  return JSON.parse(stdout) as string[][]
}

interface Answer {
  readonly status: number
  readonly text: string
}

function post(agent: Agent, port: number, body: unknown): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' }
    const options = { host: '127.0.0.1', port, path: '/predict', method: 'POST', headers, agent }
    const outgoing = request(options, (incoming) => {
      let text = ''
      incoming.on('data', (chunk) => (text += String(chunk)))
      incoming.on('error', reject)
      incoming.on('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          text,
        }),
      )
    })
    outgoing.on('error', reject)
    outgoing.end(JSON.stringify(body))
  })
}

/** Sends a request that never ends; `answer` is how the answer begins, once the server has had enough. */
async function connectSlowly(port: number): Promise<{ readonly answer: Promise<string> }> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write('POST /predict HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n{')
  let text = ''
  socket.on('data', (chunk) => (text += String(chunk)))
  return { answer: once(socket, 'close').then(() => text.slice(0, 12)) }
}
