/** Texts and dates through the steps of a project, to whoever asks its models. */

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { encodeRow } from '../../src/core/input-field.ts'
import type { Predictor } from '../../src/core/predictor.ts'
import { openDatabase, quoteText } from '../../src/data/duckdb-store.ts'
import { toFunction } from '../../src/data/expressions/to-function.ts'
import { readFeatures } from '../../src/data/read-features.ts'
import { openTable } from '../../src/data/reading/open-table-file.ts'
import { openPredictor } from '../../src/model/index.ts'
import { defineProject } from '../../src/project/definition/define-project.ts'
import { layoutOf } from '../../src/project/layout.ts'
import { scoreFile } from '../../src/project/predict/predict-file.ts'
import { renderWindow } from '../../src/monitoring/watch/watch-text.ts'
import { readTrainingRows } from '../../src/project/read-training-rows.ts'
import { createClientSource } from '../../src/serving/client-source.ts'
import { explainForCard } from '../../src/training/card/card-explanations.ts'
import { assertClose } from '../assert-close.ts'
import { makeScratchFolder } from '../scratch-folder.ts'
import { assertProblem, serveModel, type Answer } from '../serving/serve-model.ts'
import { scoreAndLook } from './score-and-look.ts'
import type { House } from './target-house.ts'
import { buildTextHouse, drawMembers, textProject } from './text-house.ts'

interface Split {
  readonly columns: readonly string[]
  readonly data: readonly (readonly unknown[])[]
}

const kinds = ['logistic', 'boosting', 'neural'] as const

describe('a project with texts and dates', () => {
  let house: House
  const models: Predictor[] = []
  before(async () => {
    house = await buildTextHouse()
    await house.make(...kinds)
    for (const kind of kinds)
      models.push(await openPredictor(join(house.directory, 'models', kind)))
  })
  after(() => house[Symbol.asyncDispose]())

  test('is learnt by every kind of model, better than by chance', () => {
    for (const kind of kinds) {
      const { roc_auc: score } = house.readJson(`metrics/${kind}.json`) as { roc_auc: number }
      assert.ok(score > 0.6, `${kind}: ${score}`)
    }
  })

  test('models know the texts that features tell apart, and no others', () => {
    const { town, plan, since } = models[0]!.inputs
    assert.ok(town?.type === 'text' && plan?.type === 'text' && since?.type === 'date')
    assert.deepEqual(plan.known, ['007', "it's pro"])
    for (const known of ['Bonn', 'Ulm', '東京', '~0'])
      assert.ok(town.known?.includes(known) === true, known)
  })

  test('what the graph computes is what the features stage and the expressions compute', async () => {
    const rows = await readTrainingRows(house.context)
    const names = rows.features.map(({ name }) => name)
    using database = await openDatabase()
    const path = join(house.directory, layoutOf('members').features)
    const raw = await database.query(
      `SELECT * REPLACE (CAST(since AS VARCHAR) AS since) FROM read_parquet(${quoteText(path)}) WHERE fold <> 0 ORDER BY "row"`,
    )
    for (const name of ['paid', 'unknown', 'month', 'years', 'place=Ulm', 'bucket']) {
      const c = names.indexOf(name)
      const compute = toFunction(rows.features[c]!.expression!)
      raw.forEach((row, r) => {
        const expected = compute(row as Record<string, string>)
        const found = rows.x.values[r * rows.x.columns + c]!
        if (expected === null) assert.ok(Number.isNaN(found), name)
        else assertClose(found, Number(expected), 1e-6)
      })
    }
  })

  test('one row has one score: read from the table, sent as JSON, as a tensor, in a file', async () => {
    const path = join(house.directory, layoutOf('members').features)
    using database = await openDatabase()
    const model = models[1]!
    const rows = await readFeatures(database, path, {
      features: model.inputs,
      target: 'left',
      testFold: 0,
      part: 'test',
    })
    const expected = model.predict(rows.x)
    const cells = await database.query(
      `SELECT town, plan, CAST(since AS VARCHAR) AS since, input FROM read_parquet(${quoteText(path)}) WHERE fold = 0 ORDER BY "row"`,
    )
    for (const [r, row] of cells.entries()) {
      const values = rows.x.values.subarray(r * rows.x.columns, (r + 1) * rows.x.columns)
      assert.deepEqual(encodeRow(model.inputs, row), values)
    }
    await using server = await serveModel({ predictor: model })
    const many = await server.post('/predict', { rows: cells })
    assert.equal(many.status, 200, many.text)
    const given = (many.json['predictions'] as { probability: number }[]).map(
      (one) => one.probability,
    )
    assert.deepEqual(Float32Array.from(given), expected)
    const inputs = Object.entries(model.inputs).map(([name, { type }]) => ({
      name,
      shape: [cells.length],
      datatype: type === 'number' ? 'FP64' : 'BYTES',
      data: cells.map((row) => row[name]),
    }))
    const tensors = await server.post('/v2/models/members/infer', { inputs })
    assert.equal(tensors.status, 200, tensors.text)
    const [{ data }] = tensors.json['outputs'] as [{ data: number[] }]
    assert.deepEqual(Float32Array.from(data), expected)
    const input = join(makeScratchFolder(), 'rows.csv')
    const lines = cells.map((row) =>
      Object.values(row)
        .map((cell) => `"${cell ?? ''}"`)
        .join(','),
    )
    writeFileSync(input, `${Object.keys(cells[0]!).join(',')}\n${lines.join('\n')}\n`)
    const output = join(makeScratchFolder(), 'scores.parquet')
    await using opened = await openTable(database, input, { types: { town: 'text', plan: 'text' } })
    const told = await scoreFile({
      database,
      opened,
      place: input,
      predictor: model,
      keys: [],
      isExplained: false,
      keepsGoing: false,
      output,
    })
    assert.deepEqual(told, { rows: cells.length, unfitRows: 0, warnings: [] })
    const scored = await database.query(
      `SELECT probability FROM read_parquet(${quoteText(output)})`,
    )
    assert.deepEqual(
      Float32Array.from(scored, (row) => Number(row['probability'])),
      expected,
    )
  })

  test('a text never seen is scored, and what the fields do not admit is refused by its place', async () => {
    await using server = await serveModel({ predictor: models[0]! })
    const fits = { town: 'Nowhere', plan: 'free', since: '2024-02-29', input: null }
    assert.equal((await server.post('/predict', fits)).status, 200)
    assert.equal((await server.post('/predict', { plan: '007' })).status, 200)
    const refused = async (more: object): Promise<unknown> => {
      const answer = await server.post('/predict', { rows: [fits, { ...fits, ...more }] })
      return assertProblem(answer, 422, 'REQUEST_INVALID').json['errors']
    }
    assert.deepEqual(await refused({ town: 'a town of more than 20 letters' }), [
      {
        pointer: '/rows/1/town',
        expected: 'a text of at most 20 characters',
        value: 'a town of more than 20 letters',
      },
    ])
    assert.deepEqual(await refused({ plan: 7, since: '2025-02-30' }), [
      {
        pointer: '/rows/1/plan',
        expected: "one of 'free', 'it's pro', '007'",
        value: 7,
        hint: 'send it in quotes',
      },
      {
        pointer: '/rows/1/since',
        expected: 'a date such as 2025-03-31 of at least 2000-01-01',
        value: '2025-02-30',
      },
    ])
    for (const since of ['1999-12-31', '2025-1-1', '2025-01-01T00:00:00Z', 20_000, true, {}]) {
      const [problem] = (await refused({ since })) as [{ pointer: string; hint?: string }]
      assert.deepEqual([problem.pointer, problem.hint], ['/rows/1/since', undefined])
    }
    const [blank] = (await refused({ plan: ' ' })) as [{ expected: string }]
    assert.match(blank.expected, /^one of 'free'/)
    const rows = [null, '', ' '].map((since) => ({ ...fits, since }))
    const { predictions } = (await server.post('/predict', { rows })).json as {
      predictions: { probability: number }[]
    }
    assert.equal(new Set(predictions.map(({ probability }) => probability)).size, 1)
  })

  test("MLflow's example of a request is one here too: /invocations takes a date as its days, as MLflow's signature has it", async () => {
    for (const [k, kind] of kinds.entries()) {
      const model = models[k]!
      await using server = await serveModel({ predictor: model })
      const path = join(house.directory, 'models', kind, 'serving_input_example.json')
      const example = readFileSync(path, 'utf8')
      const { columns, data } = (JSON.parse(example) as { dataframe_split: Split }).dataframe_split
      const since = columns.indexOf('since')
      assert.equal(typeof data[0]![since], 'number')
      const answer = await server.post('/invocations', example)
      assert.equal(answer.status, 200, answer.text)
      const [given] = answer.json['predictions'] as [{ probability: number }]
      const row = { rows: 1, columns: 4, values: encodeRow(model.inputs, model.example) }
      assert.equal(given.probability, model.predict(row)[0])
      const asked = async (date: unknown): Promise<Answer> =>
        server.post('/invocations', {
          dataframe_split: { columns, data: [data[0]!.with(since, date)] },
        })
      for (const date of [10_957, 10_957.0, '2000-01-01'])
        assert.deepEqual((await asked(date)).json, (await asked(10_957)).json)
      assert.notDeepEqual((await asked(11_057)).json, (await asked(10_957)).json)
      const fields = { town: 'Ulm', plan: 'free', input: 1 }
      const csv = (date: string): Promise<Answer> =>
        server.send('/invocations', {
          method: 'POST',
          headers: { 'content-type': 'text/csv' },
          body: `town,plan,since,input\nUlm,free,${date},1\n`,
        })
      const expected = (await server.post('/invocations', { inputs: { ...fields, since: 11_016 } }))
        .json
      for (const date of ['11016', '11016.0', '2000-02-29'])
        assert.deepEqual((await csv(date)).json, expected, date)
      // 10,956 is the day before the least one; the others are no days.
      for (const date of [10_956, 11_016.5, 1e300, -1e300, true]) {
        const refused = await asked(date)
        assert.equal(refused.status, 400)
        assert.match(refused.text, /since|data\/0\/2/)
      }
      const { json } = await server.send('/openapi.json')
      const { components } = json as unknown as {
        components: { schemas: { InvocationRow: { properties: Record<string, unknown> } } }
      }
      assert.deepEqual(components.schemas.InvocationRow.properties['since'], {
        description:
          'a date such as 2025-03-31 of at least 2000-01-01; null, blank or absent when missing',
        type: ['string', 'integer', 'null'],
        format: 'date',
        minimum: 10_957,
        maximum: 2_932_896,
      })
    }
  })

  test('the API is described with them, and so is its client', async () => {
    await using server = await serveModel({ predictor: models[0]! })
    const { json } = await server.send('/openapi.json')
    const { components } = json as unknown as {
      components: { schemas: { Row: { properties: Record<string, { type: unknown }> } } }
    }
    const { town, plan, since } = components.schemas.Row.properties
    assert.deepEqual(town?.type, ['string', 'null'])
    assert.deepEqual(plan, {
      description: "one of 'free', 'it's pro', '007'",
      type: 'string',
      enum: ['free', "it's pro", '007'],
      pattern: String.raw`[^\t\n\f\r ]`,
    })
    assert.deepEqual(since, {
      description:
        'a date such as 2025-03-31 of at least 2000-01-01; null, blank or absent when missing',
      type: ['string', 'null'],
      format: 'date',
    })
    const source = createClientSource(models[0]!, undefined)
    assert.match(source, /readonly "town"\?: string \| null\n/)
    assert.match(source, /readonly "plan": "free" \| "it's pro" \| "007"\n/)
    assert.match(source, /readonly "since"\?: string \| null\n/)
    const metadata = await server.send('/v2/models/members')
    assert.deepEqual(metadata.json['inputs'], [
      { name: 'town', datatype: 'BYTES', shape: [-1] },
      { name: 'plan', datatype: 'BYTES', shape: [-1] },
      { name: 'since', datatype: 'BYTES', shape: [-1] },
      { name: 'input', datatype: 'FP32', shape: [-1] },
    ])
  })

  test('what was scored is logged as it was sent, and monitored', async () => {
    const drawn = drawMembers(300).trim().split('\n').slice(1)
    const rows = drawn.map((line, i) => {
      const [, , plan, since, input] = line.replace(/"[^"]*"/, 'x').split(',')
      const town = i % 3 === 0 ? 'Atlantis' : 'Ulm'
      return { town, plan, since: since || null, input: input === '' ? null : Number(input) }
    })
    const { window } = await scoreAndLook(house, 'members', models[1]!, rows)
    assert.equal(window.rows, 300)
    assert.ok(window.drifted.includes('town'), window.drifted.join())
    assert.ok(!window.drifted.includes('since'), window.drifted.join())
    const town = window.columns.find(({ name }) => name === 'town')
    assert.equal(town?.unseenShare, 1 / 3)
    assert.match(
      renderWindow(window),
      /town: 33.* the model does not know them, such as 'Atlantis'/,
    )
    assert.ok(window.prediction !== undefined)
  })

  test('a model card calls texts and days by their names', async () => {
    await house.promote()
    assert.match(house.said.at(-1)!, /^promoted: /)
    const rows = await readTrainingRows(house.context)
    const { dependence } = explainForCard(
      models[1]!,
      { x: rows.raw, y: rows.y },
      {
        metric: { name: 'one', isLoss: true, measure: () => 1 },
        seed: 1,
      },
    )
    const plan = dependence.find(({ column }) => column === 'plan')
    assert.deepEqual(plan?.names, ['007', "it's pro", '(another text)'])
    const since = dependence.find(({ column }) => column === 'since')
    assert.match(since!.names![0]!, /^20\d\d-\d\d-\d\d$/)
  })

  test('predictions are explained by the columns', () => {
    const values = encodeRow(models[1]!.inputs, { town: 'Ulm', plan: 'free', since: '2020-05-05' })
    const told = models[1]!.explain!({ rows: 1, columns: values.length, values })
    assert.ok(JSON.stringify(told).includes('town'))
  })
})

describe('a definition with texts and dates', () => {
  const define = (more: object): unknown => defineProject({ ...textProject, ...more })

  test('says why a text has no encoding, and what no model can compute', () => {
    assert.throws(() => define({ features: { town: 'one-hot' } }), {
      message: /'town' is text, which has no encoding/,
      hint: /derived and learned features can be made of it/,
    })
    const length = { kind: 'textLength', operand: { kind: 'textColumn', name: 'town' } }
    assert.throws(() => define({ derived: { length } }), {
      message: /'length' counts the letters of a text, which no operator of ONNX does/,
    })
  })
})
