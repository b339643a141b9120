/** Moments through the steps of a project, to whoever asks its models. */

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { parseMoment } from '../../src/core/moment.ts'
import type { Predictor } from '../../src/core/predictor.ts'
import { openDatabase, quoteText } from '../../src/data/duckdb-store.ts'
import { toFunction } from '../../src/data/expressions/to-function.ts'
import { readFeatures } from '../../src/data/read-features.ts'
import { openTable } from '../../src/data/reading/open-table-file.ts'
import { openPredictor } from '../../src/model/index.ts'
import { createPredictor, parseManifest } from '../../src/predictor/index.ts'
import { targetColumnsOf } from '../../src/project/definition/target-output.ts'
import { layoutOf } from '../../src/project/layout.ts'
import { scoreFile } from '../../src/project/predict/predict-file.ts'
import { readTrainingRows } from '../../src/project/read-training-rows.ts'
import { createClientSource } from '../../src/serving/client-source.ts'
import { cardArtifact, cardFiles } from '../../src/training/card/card-artifact.ts'
import { explainForCard } from '../../src/training/card/card-explanations.ts'
import type { ModelCard } from '../../src/training/card/model-card.ts'
import { rocAucScore } from '../../src/training/metrics/index.ts'
import { championAlias } from '../../src/training/registry.ts'
import { assertClose } from '../assert-close.ts'
import { makeScratchFolder } from '../scratch-folder.ts'
import { assertProblem, serveModel } from '../serving/serve-model.ts'
import { buildRidesHouse, drawRides, type Ride } from './datetime-house.ts'
import { scoreAndLook } from './score-and-look.ts'
import type { House } from './target-house.ts'

const kinds = ['logistic', 'boosting'] as const

describe('a project with moments', () => {
  let house: House
  const models: Predictor[] = []
  before(async () => {
    house = await buildRidesHouse()
    await house.make(...kinds)
    for (const kind of kinds)
      models.push(await openPredictor(join(house.directory, 'models', kind)))
  })
  after(() => house[Symbol.asyncDispose]())

  test('is learnt better than by chance: the hour counts', () => {
    const { roc_auc: score } = house.readJson('metrics/boosting.json') as { roc_auc: number }
    assert.ok(score > 0.65, String(score))
  })

  test('what models learn from is what the expressions make of the texts', async () => {
    const rows = await readTrainingRows(house.context)
    const lines = readFileSync(join(house.directory, 'rides.csv'), 'utf8').split('\n').slice(1)
    for (const [c, { name, expression }] of rows.features.entries()) {
      if (expression === undefined) continue
      const compute = toFunction(expression)
      rows.keys.forEach((key, r) => {
        const [, asked_at = '', booked_at = ''] = lines[key]!.split(',')
        const expected = compute({ asked_at, booked_at })
        const found = rows.x.values[r * rows.x.columns + c]!
        if (expected === null) assert.ok(Number.isNaN(found), name)
        else assertClose(found, Number(expected), 1e-6)
      })
    }
  })

  test('one row has one score: in a request of any protocol, in a file, at the edge, as a number', async () => {
    const rides = drawRides(60, 5)
    for (const [k, kind] of kinds.entries()) {
      const model = models[k]!
      await using server = await serveModel({ predictor: model })
      const answer = await server.post('/predict', { rows: rides })
      assert.equal(answer.status, 200, answer.text)
      const expected = probabilitiesOf(answer.json['predictions'])
      assert.ok(new Set(expected).size > 20)
      const tensors = await server.post('/v2/models/rides/infer', { inputs: toTensors(rides) })
      assert.equal(tensors.status, 200, tensors.text)
      const [{ data }] = tensors.json['outputs'] as [{ data: number[] }]
      assert.deepEqual(data, expected)
      const columns = ['asked_at', 'booked_at', 'distance']
      const written = rides.map((ride) => [ride.asked_at, ride.booked_at, ride.distance])
      const numbers = rides.map((ride) => [
        parseMoment(ride.asked_at),
        ride.booked_at === null ? null : parseMoment(ride.booked_at),
        ride.distance,
      ])
      for (const cells of [written, numbers]) {
        const invoked = await server.post('/invocations', {
          dataframe_split: { columns, data: cells },
        })
        assert.equal(invoked.status, 200, invoked.text)
        assert.deepEqual(probabilitiesOf(invoked.json['predictions']), expected)
      }
      assert.deepEqual(await scoreInFile(model, rides), expected)
      const folder = join(house.directory, 'models', kind)
      const manifest = parseManifest(readFileSync(join(folder, 'MLmodel'), 'utf8'), 'MLmodel')
      const edge = createPredictor(manifest, readFileSync(join(folder, 'model.onnx')))
      assert.deepEqual([...edge.predictRows(rides)], expected)
      const { matrix } = edge.checkRows(rides)
      const { base, columns: told, values } = model.explain!(matrix)
      for (const [r, probability] of expected.entries()) {
        const own = values.subarray(r * told.length, (r + 1) * told.length)
        const score = own.reduce((sum, value) => sum + value, base)
        assertClose(1 / (1 + Math.exp(-score)), probability, 1e-5)
      }
    }
  })

  test('a second counts, and so does a millisecond at midnight', async () => {
    // Of 32 bits, both moments would be the same: a float knows minutes of these years at best.
    const model = models[0]!
    await using server = await serveModel({ predictor: model })
    const ride = { asked_at: '2026-08-31T23:59:59.999Z', distance: 1 }
    const score = async (booked_at: string, asked_at = ride.asked_at): Promise<number> => {
      const answer = await server.post('/predict', { ...ride, booked_at, asked_at })
      return answer.json['probability'] as number
    }
    const first = await score('2026-08-31T23:00:00Z')
    assert.notEqual(await score('2026-08-31T23:00:10Z'), first)
    assert.notEqual(await score('2026-08-31T23:00:00.001Z', '2026-09-01T00:00:00Z'), first)
    assert.equal(await score('2026-09-01 04:30:00.000999+05:30'), first)
  })

  test('what is no moment is refused by its place, and what is too early is imputed', async () => {
    await using server = await serveModel({ predictor: models[1]! })
    const fits = { asked_at: '2026-05-05T05:05:05Z', booked_at: null, distance: 3 }
    const expected = 'a time such as 2025-03-31T14:05:00Z'
    for (const booked_at of [
      '2026-02-30T10:00:00Z',
      '2026-01-01T24:00:00Z',
      1_796_047_500_000,
      true,
    ]) {
      const answer = await server.post('/predict', { rows: [fits, { ...fits, booked_at }] })
      const { errors } = assertProblem(answer, 422, 'REQUEST_INVALID').json
      assert.deepEqual(errors, [{ pointer: '/rows/1/booked_at', expected, value: booked_at }])
    }
    const early = await server.post('/predict', { ...fits, asked_at: '2025-12-31T23:59:59Z' })
    const [warning] = early.json['warnings'] as [{ policy: string; used: string }]
    assert.equal(warning.policy, 'impute')
    // The median of the training rows, to the millisecond as one of them has it.
    const imputed = await server.post('/predict', { ...fits, asked_at: warning.used })
    assert.equal(imputed.json['probability'], early.json['probability'])
    const lines = readFileSync(join(house.directory, 'rides.csv'), 'utf8').split('\n').slice(1)
    const moments = lines.map((line) => parseMoment(line.split(',')[1] ?? ''))
    assert.ok(moments.includes(parseMoment(warning.used)), warning.used)
    assert.match(warning.used, /^2026-0[56]-\d\dT[\d:.]+Z$/)
  })

  test('the API, its client and MLflow are told of them in their words', async () => {
    const model = models[1]!
    await using server = await serveModel({ predictor: model })
    const { components } = (await server.send('/openapi.json')).json as unknown as {
      components: { schemas: Record<string, { properties: Record<string, object> }> }
    }
    const { Row, InvocationRow } = components.schemas
    assert.deepEqual(Row?.properties['booked_at'], {
      description: 'a time such as 2025-03-31T14:05:00Z; null, blank or absent when missing',
      type: ['string', 'null'],
      format: 'date-time',
    })
    assert.deepEqual(InvocationRow?.properties['booked_at'], {
      description: 'a time such as 2025-03-31T14:05:00Z; null, blank or absent when missing',
      type: ['string', 'integer', 'null'],
      format: 'date-time',
      minimum: Date.parse('0001-01-01'),
      maximum: Date.parse('9999-12-31T23:59:59.999Z'),
    })
    assert.match(createClientSource(model, undefined), /readonly "booked_at"\?: string \| null\n/)
    const metadata = await server.send('/v2/models/rides')
    assert.deepEqual(metadata.json['inputs'], [
      { name: 'asked_at', datatype: 'BYTES', shape: [-1] },
      { name: 'booked_at', datatype: 'BYTES', shape: [-1] },
      { name: 'distance', datatype: 'FP32', shape: [-1] },
    ])
    const example = readFileSync(
      join(house.directory, 'models/boosting/serving_input_example.json'),
      'utf8',
    )
    const { dataframe_split: split } = JSON.parse(example) as {
      dataframe_split: { data: [[number]] }
    }
    assert.equal(split.data[0][0], parseMoment(String(model.example['asked_at'])))
    const [both, alone] = [
      await server.post('/invocations', example),
      await server.post('/predict', model.example),
    ]
    assert.deepEqual(probabilitiesOf(both.json['predictions']), [alone.json['probability']])
  })

  test('what was scored is logged as it was sent, and monitored by the hour of its day', async () => {
    // At 20:00 on a clock that is 5.5 hours ahead, so half past two in the afternoon.
    const rides = drawRides(300, 8).map((ride) => ({
      ...ride,
      asked_at: `${ride.asked_at.slice(0, 10)}T20:00:00+05:30`,
    }))
    const { root, window } = await scoreAndLook(house, 'rides', models[1]!, rides)
    assert.deepEqual(window.drifted, ['asked_at'])
    assert.match(JSON.stringify(window), /median 1[0-3] → 14 /)
    using database = await openDatabase()
    const logged = await database.query(
      `SELECT "input.asked_at" AS at FROM read_parquet(${quoteText(`${root}/rides/predictions/*/*.parquet`)})`,
    )
    assert.deepEqual(
      new Set(logged.map((row) => row['at'])),
      new Set(rides.map(({ asked_at }) => asked_at)),
    )
  })

  test('a model card knows what they say, and calls them by their names', async () => {
    const { raw, y } = await readTrainingRows(house.context)
    const metric = {
      name: 'error',
      isLoss: true,
      measure: (target: Float64Array, found: Float64Array) =>
        target.reduce((sum, value, i) => sum + Math.abs(value - found[i]!), 0),
    }
    const { columns, dependence } = explainForCard(models[1]!, { x: raw, y }, { metric, seed: 1 })
    const asked = columns.find(({ column }) => column === 'asked_at')
    assert.ok((asked?.importance ?? 0) > 1, JSON.stringify(columns))
    const named = dependence.find(({ column }) => column === 'asked_at')
    assert.match(named!.names![0]!, /^2026-\d\d-\d\dT\d\d:/)
    assert.ok(new Set(named!.mean).size > 3)
  })

  test('a version is registered with what its columns are worth to the second', async () => {
    const { context } = house
    await house.promote()
    const { name } = context.project
    const version = await context.tracking.findModelVersion(name, championAlias)
    const files = await context.tracking.readArtifacts(version!.runId!, cardArtifact)
    const card = JSON.parse(new TextDecoder().decode(files.get(cardFiles.json))) as ModelCard
    const predictor = models[kinds.findIndex((kind) => kind === card.model.kind)]!
    using database = await openDatabase()
    const rows = await readFeatures(database, join(house.directory, layoutOf(name).raw), {
      features: predictor.inputs,
      doubles: predictor.doubles,
      ...targetColumnsOf(context.project),
      testFold: context.parameters.split.test_fold,
      folds: { folds: context.parameters.split.folds },
      part: 'test',
    })
    const metric = { name: 'roc_auc', isLoss: false, measure: rocAucScore }
    const { seed } = context.parameters.evaluate
    const { columns } = explainForCard(predictor, rows, { metric, seed })
    assert.deepEqual(card.explanations.columns, columns)
  })
})

function probabilitiesOf(predictions: unknown): number[] {
  return (predictions as { probability: number }[]).map(({ probability }) => probability)
}

function toTensors(rides: readonly Ride[]): object[] {
  const columns = [
    ['asked_at', 'BYTES'],
    ['booked_at', 'BYTES'],
    ['distance', 'FP64'],
  ] as const
  return columns.map(([name, datatype]) => ({
    name,
    shape: [rides.length],
    datatype,
    data: rides.map((ride) => ride[name]),
  }))
}

async function scoreInFile(predictor: Predictor, rides: readonly Ride[]): Promise<number[]> {
  const folder = makeScratchFolder()
  const place = join(folder, 'rides.csv')
  const lines = rides.map((ride) => [ride.asked_at, ride.booked_at ?? '', ride.distance].join(','))
  writeFileSync(place, `asked_at,booked_at,distance\n${lines.join('\n')}\n`)
  const output = join(folder, 'scores.parquet')
  using database = await openDatabase()
  await using opened = await openTable(database, place, { asWritten: ['asked_at', 'booked_at'] })
  const scoring = { database, opened, place, predictor, keys: [], output }
  await scoreFile({ ...scoring, isExplained: false, keepsGoing: false })
  const scored = await database.query(`SELECT probability FROM read_parquet(${quoteText(output)})`)
  return scored.map((row) => Number(row['probability']))
}
