/** A project of `mlpt package --bento` in the real BentoML: built without a network, served, and asked beside ours. */

import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { formatModelFolder, openPredictor } from '../../src/model/index.ts'
import { packageModel, readModelFiles } from '../../src/project/package/package-model-file.ts'
import { formatBentoService } from '../../src/serving/package/bento-service.ts'
import { unknownLineage } from '../../src/serving/package/package-manifest.ts'
import { leastCostClasses } from '../../src/training/metrics/index.ts'
import { assertClose } from '../assert-close.ts'
import { drawPolicies, drawRow, manifestOf, onnx } from '../contracts/sum-model.ts'
import { findFreePort } from '../free-port.ts'
import { buildTextHouse } from '../project/text-house.ts'
import { makeScratchFolder } from '../scratch-folder.ts'
import { serveModel } from '../serving/serve-model.ts'
import { drawRows, trainSmallModel, type Row } from '../serving/trained-model.ts'
import { findPeer } from './python.ts'

const peer = findPeer('.venv-bento', 'bentoml')
const bentoml = join(peer.python, '../bentoml')
const home = makeScratchFolder()
const env = {
  ...process.env,
  BENTOML_HOME: home,
  BENTOML_DO_NOT_TRACK: 'True',
  // No package index is asked: this one is not there.
  UV_OFFLINE: '1',
  PIP_NO_INDEX: '1',
}

describe('BentoML takes a package', { skip: peer.skip }, () => {
  test('it builds without a package index, and answers as our server does', async () => {
    await using model = await trainSmallModel('boosting')
    const manifest = join(model.directory, 'MLmodel')
    const decided = '  mlpt:\n    output:\n      kind: probability\n      threshold: 0.3\n'
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('  mlpt:\n', decided))
    const cwd = await makeProject(model.directory)
    const build = promisify(execFile)(bentoml, ['build', '-o', 'tag'], { cwd, env })
    await using ours = await serveModel({ predictor: await openPredictor(model.directory) })
    await using theirs = await serveBento(cwd)
    const rows = drawRows(5, 200)
    const answer = await theirs.predict({ rows })
    const { json } = await ours.post('/predict', { rows })
    const predictions = json['predictions'] as readonly Prediction[]
    assert.equal(answer.status, 200)
    const told = answer.body as readonly Prediction[]
    assert.equal(told.length, 200)
    for (const [i, { probability, prediction }] of predictions.entries()) {
      assert.ok(Math.abs(told[i]!.probability - probability) <= 1e-6, String(i))
      if (Math.abs(probability - 0.3) > 1e-6) assert.equal(told[i]!.prediction, prediction)
    }
    const isBetween = ({ probability }: Prediction): boolean =>
      probability >= 0.3 && probability < 0.5
    assert.ok(predictions.some(isBetween))
    // What one refuses, the other does too.
    for (const change of refusals(rows[0]!)) {
      const both = [await theirs.predict({ rows: [change] }), await ours.post('/predict', change)]
      assert.deepEqual(
        both.map(({ status }) => status),
        [400, 422],
        JSON.stringify(change),
      )
    }
    assert.equal((await theirs.predict({ rows: [] })).status, 400)
    assert.equal((await theirs.predict({ rows: [{ ...rows[0], late: true }] })).status, 200)
    assert.match((await build).stdout, /^__tag__:small:[a-z0-9]+$/m)
  })

  test('of classes it calls the one that is expected to cost least', async () => {
    const costs = [
      [0, 1, 1],
      [1, 0, 1],
      [20, 4, 0],
    ]
    const classes = ['round', 'flat', 'long']
    const cwd = makeScratchFolder()
    const output = { kind: 'classes', classes, costs } as const
    writeFileSync(join(cwd, 'service.py'), formatBentoService({ ...manifestOf({}), output }))
    const rows = fc.sample(fc.tuple(fc.nat(9), fc.nat(9), fc.integer({ min: 1, max: 9 })), 200)
    const values = Float32Array.from(
      rows.flatMap((row) => row.map((n) => n / (row[0] + row[1] + row[2]))),
    )
    const given = rows.map((_, i) => Array.from(values.subarray(3 * i, 3 * i + 3)))
    const script = `import json, service; print(json.dumps([service.describe(row).prediction for row in json.loads(${JSON.stringify(JSON.stringify(given))})]))`
    const { stdout } = await promisify(execFile)(peer.python, ['-c', script], { cwd, env })
    const expected = leastCostClasses({ rows: rows.length, columns: 3, values }, costs)
    assert.deepEqual(
      JSON.parse(stdout),
      Array.from(expected, (place) => classes[place]),
    )
  })

  test('of texts and dates it answers as our server does, and refuses the same', async () => {
    await using house = await buildTextHouse()
    await house.make('boosting')
    const folder = join(house.directory, 'models/boosting')
    await using ours = await serveModel({ predictor: await openPredictor(folder) })
    await using theirs = await serveBento(await makeProject(folder))
    const fits = { town: 'Ulm', plan: 'free', since: '2024-02-29', input: 1 }
    const rows = [
      fits,
      { town: '東京', plan: "it's pro", since: null, input: null },
      { town: null, plan: '007' },
      { town: ' \t', plan: 'free', since: ' ', input: 9.9 },
      { town: 'Nowhere', plan: 'free', since: '9999-12-31', input: 0 },
      { town: '𝒰'.repeat(20), plan: '007', since: '2000-01-01', input: 3.5 },
    ]
    const answer = await theirs.predict({ rows })
    const { status, json } = await ours.post('/predict', { rows })
    assert.deepEqual([answer.status, status], [200, 200], JSON.stringify(answer.body))
    const told = answer.body as readonly Prediction[]
    for (const [i, { probability }] of (json['predictions'] as readonly Prediction[]).entries())
      assert.ok(Math.abs(told[i]!.probability - probability) <= 1e-6, String(i))
    assert.ok(new Set(told.map(({ probability }) => probability)).size > 3)
    for (const change of [
      { town: 'x'.repeat(21) },
      { town: 7 },
      { plan: 'pro' },
      { plan: null },
      { plan: '' },
      { since: '1999-12-31' },
      { since: '2025-02-30' },
      { since: '2025-2-3' },
      { since: '20250203' },
      { since: '2025-W06-1' },
      { since: '２０２５-01-01' },
      { since: '2025-01-01\n' },
      { since: 20_000 },
      { since: true },
    ]) {
      const row = { ...fits, ...change }
      const both = [await theirs.predict({ rows: [row] }), await ours.post('/predict', row)]
      assert.deepEqual(
        both.map((one) => one.status),
        [400, 422],
        JSON.stringify(change),
      )
    }
  })

  test('policies let through what ours lets through, and tell the same', async () => {
    const folder = makeScratchFolder()
    // The most of what may be let through, then whatever is drawn.
    const policies = {
      ...fc.sample(drawPolicies(), { numRuns: 1, seed: 5 })[0],
      age: { missing: 'impute', outOfRange: 'warn', value: 50 },
      town: { unknownLevel: 'impute', value: 8 },
      note: { tooLong: 'warn' },
      plan: { missing: 'impute', unknownLevel: 'impute', value: 'pro' },
      since: { missing: 'impute', outOfRange: 'impute', value: '2024-02-29' },
      until: { outOfRange: 'warn' },
    } as const
    for (const [name, content] of formatModelFolder(manifestOf(policies), onnx))
      writeFileSync(join(folder, name), content)
    await using ours = await serveModel({ predictor: await openPredictor(folder) })
    await using theirs = await serveBento(await makeProject(folder))
    const statuses = new Set<number>()
    for (const row of fc.sample(drawRow(), { numRuns: 200, seed: 3 })) {
      const answer = await theirs.predict({ rows: [row] })
      const own = await ours.post('/v1/models/sum:predict', { instances: [row] })
      const place = JSON.stringify([row, answer.body, own.json])
      assert.equal(answer.status, own.status, place)
      statuses.add(own.status)
      if (own.status !== 200) continue
      const [{ prediction }] = own.json['predictions'] as [{ prediction: number }]
      assertClose((answer.body as readonly Prediction[])[0]!.prediction, prediction, 1e-6)
      assert.equal(answer.warnings, own.headers['x-prediction-warnings'] ?? null, place)
    }
    assert.deepEqual([...statuses].toSorted(), [200, 400])
  })
})

/** A project for BentoML of the model in a folder, in a folder of its own. */
async function makeProject(directory: string): Promise<string> {
  const output = join(makeScratchFolder(), 'project')
  await packageModel({
    files: await readModelFiles(directory),
    place: directory,
    lineage: { ...unknownLineage, version: '3' },
    kind: 'bento',
    output,
    isForced: false,
  })
  return output
}

interface Prediction {
  readonly probability: number
  readonly prediction: number
}

function refusals(row: Row): readonly object[] {
  const { age: _, ...missing } = row
  return [
    missing,
    { ...row, extra: 1 },
    { ...row, age: '50' },
    { ...row, age: 17 },
    { ...row, age: 50.5 },
    { ...row, age: null },
    { ...row, age: true },
    { ...row, late: 2 },
    { ...row, late: 'true' },
    { ...row, status: 7 },
    { ...row, limit: 1e300 },
    { ...row, debt: [1] },
  ]
}

interface Bento extends AsyncDisposable {
  predict(body: object): Promise<{
    readonly status: number
    readonly body: unknown
    /** What was let through. */
    readonly warnings: string | null
  }>
}

async function serveBento(cwd: string): Promise<Bento> {
  const port = await findFreePort()
  const address = `http://127.0.0.1:${port}`
  const child = spawn(bentoml, ['serve', '--host', '127.0.0.1', '--port', String(port)], {
    cwd,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let errors = ''
  child.stderr.on('data', (chunk) => (errors += String(chunk)))
  while (!(await isReady(address))) {
    if (child.exitCode !== null) assert.fail(errors)
    await setTimeout(100)
  }
  return {
    predict: async (body) => {
      const answer = await fetch(`${address}/predict_rows`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      const warnings = answer.headers.get('x-prediction-warnings')
      return { status: answer.status, body: await answer.json(), warnings }
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

async function isReady(address: string): Promise<boolean> {
  const answer = await fetch(`${address}/readyz`).catch(() => undefined)
  return answer?.status === 200
}
