import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openPredictionLog } from '../../src/monitoring/prediction-log/read-log-store.ts'
import { mlptArguments } from '../mlpt-program.ts'
import { makeScratchFolder } from '../scratch-folder.ts'
import { trainSmallModel, drawRows } from './trained-model.ts'

const [row] = drawRows(5, 1)

describe('mlpt serve --prediction-log', () => {
  test('a server that is killed loses at most its last rows, none twice, and the next one goes on', async () => {
    await using model = await trainSmallModel('logistic')
    const root = makeScratchFolder()
    const first = await serve(model.directory, '--prediction-log', root)
    let sent = 0
    // Until some rows are on the disk, and some more that are not.
    while (linesIn(root) === 0) await first.predict(`a${sent++}`)
    for (let more = 0; more < 50; more++) await first.predict(`a${sent++}`)
    const flushed = linesIn(root)
    first.kill('SIGKILL')
    await first.ended
    const kept = await idsIn(root)
    assert.equal(new Set(kept).size, kept.length)
    // Those that arrived first, without a gap: what is lost is the end.
    assert.deepEqual(
      kept.map((id) => Number(id.slice(1))).toSorted((a, b) => a - b),
      Array.from({ length: kept.length }, (_, i) => i),
    )
    assert.ok(flushed > 0 && flushed <= kept.length && kept.length <= sent)
    const second = await serve(model.directory, '--prediction-log', root)
    await second.predict('b0')
    second.kill('SIGTERM')
    assert.equal(await second.ended, 0)
    assert.deepEqual(await idsIn(root), [...kept, 'b0'].toSorted())
  })

  test('two workers keep every row once, without the field that is dropped; what is whole becomes Parquet', async () => {
    await using model = await trainSmallModel('logistic')
    const root = makeScratchFolder()
    const words = [
      '--workers',
      '2',
      '--prediction-log-rotate-bytes',
      '1024',
      '--prediction-log-drop',
      'age',
    ]
    const served = await serve(model.directory, '--prediction-log', root, ...words)
    const ids = Array.from({ length: 40 }, (_, i) => `r${i}`)
    for (const id of ids.slice(0, 20)) await served.predict(id)
    // A child of the server makes it, in its own time.
    while (globSync('**/*.parquet', { cwd: root }).length === 0) {
      await served.predict(`r${ids.length}`)
      ids.push(`r${ids.length}`)
      await sleep(50)
    }
    for (const id of ids.slice(20, 40)) await served.predict(id)
    const label = await served.post('/feedback', { id: 'r7', label: 1 })
    assert.deepEqual(label, { accepted: 1 })
    served.kill('SIGTERM')
    assert.equal(await served.ended, 0)
    assert.deepEqual(await idsIn(root), ids.toSorted())
    using log = await openPredictionLog(root, { model: 'small', now: 0 })
    assert.deepEqual(
      await log.database.query('SELECT id, label FROM predictions WHERE label IS NOT NULL'),
      [{ id: 'r7', label: 1 }],
    )
    assert.deepEqual(log.fields, ['limit', 'debt', 'late', 'status'])
  })

  test('with a remote, the last row is there when the server has ended, and what a killed one left when the next one starts', async () => {
    await using model = await trainSmallModel('logistic')
    const [root, remote] = [makeScratchFolder(), makeScratchFolder()]
    const words = ['--prediction-log', root, '--prediction-log-remote', remote]
    const first = await serve(model.directory, ...words)
    await first.predict('a')
    await first.post('/feedback', { id: 'a', label: 1 })
    first.kill('SIGTERM')
    assert.equal(await first.ended, 0)
    assert.deepEqual(await idsIn(remote), ['a'])
    assert.equal(globSync('small/feedback/*/*.parquet', { cwd: remote }).length, 1)
    const second = await serve(model.directory, ...words)
    await second.predict('b')
    while (linesIn(root) === 0) await sleep(50)
    second.kill('SIGKILL')
    await second.ended
    const third = await serve(model.directory, ...words)
    while ((await idsIn(remote)).length === 1) await sleep(50)
    assert.deepEqual(await idsIn(remote), ['a', 'b'])
    third.kill('SIGTERM')
    assert.equal(await third.ended, 0)
  })

  test('a remote that cannot be reached is told at the start, and holds up neither answers nor the end', async () => {
    await using model = await trainSmallModel('logistic')
    const words = ['--prediction-log', makeScratchFolder(), '--prediction-log-remote', 'nobody']
    const served = await serve(model.directory, ...words)
    while (!/there is no remote 'nobody'/.test(served.errors())) await sleep(50)
    await served.predict('a')
    served.kill('SIGTERM')
    assert.equal(await served.ended, 0)
  })
})

async function idsIn(root: string): Promise<readonly string[]> {
  using log = await openPredictionLog(root, { model: 'small', now: 0 })
  assert.equal(log.tornLines, 0)
  const rows = await log.database.query('SELECT id FROM predictions ORDER BY id')
  return rows.map(({ id }) => String(id))
}

/** Whole lines of rows. */
function linesIn(root: string): number {
  const spools = globSync('**/*.jsonl', { cwd: root })
  const texts = spools.map((path) => readFileSync(join(root, path), 'utf8'))
  return texts.join('').match(/^\{"id":.*\n/gm)?.length ?? 0
}

function start(...words: readonly string[]) {
  const child = spawn(process.execPath, [...mlptArguments, 'serve', ...words, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [output, errors] = ['', '']
  child.stdout.on('data', (chunk) => (output += String(chunk)))
  child.stderr.on('data', (chunk) => (errors += String(chunk)))
  const ended = once(child, 'close').then(([code]) => code as number | null)
  return { child, ended, output: () => output, errors: () => errors }
}

async function serve(...words: readonly string[]) {
  const { child, ended, output, errors } = start(...words)
  let address: string | undefined
  while (address === undefined) {
    const more = await Promise.race([once(child.stdout, 'data'), ended])
    if (!Array.isArray(more)) assert.fail(`ended with: ${errors()}`)
    address = /predict +(\S+)\/predict\n/.exec(output())?.[1]
  }
  const post = async (path: string, body: unknown, headers = {}): Promise<unknown> => {
    const answer = await fetch(`${address}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
    assert.equal(answer.status, 200)
    return answer.json()
  }
  return {
    ended,
    errors,
    post,
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    predict: (id: string) => post('/predict', row, { 'x-request-id': id }),
  }
}
