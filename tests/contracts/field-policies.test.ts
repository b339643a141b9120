/** One row, one outcome: what a server, a scored file and the predictor of the edge make of rows that do not fit. */

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { openDatabase, type Database } from '../../src/data/duckdb-store.ts'
import { openTable } from '../../src/data/reading/open-table-file.ts'
import {
  createPredictor,
  type RequestWarnings,
  type RowPredictor,
} from '../../src/predictor/index.ts'
import { scoreFile } from '../../src/project/predict/predict-file.ts'
import { createServingApp } from '../../src/serving/index.ts'
import { makeScratchFolder } from '../scratch-folder.ts'
import { drawPolicies, drawRow, manifestOf, names, onnx, type Cell, type Row } from './sum-model.ts'

type Counts = RequestWarnings['counts']
type ServingApp = ReturnType<typeof createServingApp>

/** The score of a row and what was let through in it; nothing where the row is refused. */
type Outcome = { readonly score: number; readonly counts: Counts } | undefined

const folder = makeScratchFolder()

test('whatever the policies and rows, server in each protocol, file and edge say the same', async () => {
  using database = await openDatabase()
  await fc.assert(
    fc.asyncProperty(
      drawPolicies(),
      fc.array(drawRow(), { minLength: 1, maxLength: 60 }),
      async (policies, rows) => {
        const predictor = createPredictor(manifestOf(policies), onnx)
        const edge = rows.map((row) => askEdge(predictor, row))
        assert.deepEqual(await askServer(predictor, rows), edge)
        await using app = createServingApp({ predictor })
        for (const [i, row] of rows.slice(0, 15).entries())
          for (const outcome of await askProtocols(app, row))
            assert.deepEqual(outcome, edge[i], JSON.stringify({ row, policies }))
        await checkFile({ database, predictor }, rows, edge)
      },
    ),
    { numRuns: 15 },
  )
})

function askEdge(predictor: RowPredictor, row: Row): Outcome {
  try {
    const { matrix, warnings } = predictor.checkRows([row])
    return { score: predictor.predict(matrix)[0]!, counts: warnings?.counts ?? [] }
  } catch (error) {
    assert.equal((error as { code?: string }).code, 'REQUEST_INVALID')
    return undefined
  }
}

async function askServer(
  predictor: RowPredictor,
  rows: readonly Row[],
): Promise<readonly Outcome[]> {
  await using app = createServingApp({ predictor })
  const headers = { host: 'localhost' }
  return await Promise.all(
    rows.map(async (payload): Promise<Outcome> => {
      const answer = await app.inject({ method: 'POST', url: '/predict', headers, payload })
      if (answer.statusCode === 422) return undefined
      assert.equal(answer.statusCode, 200, answer.body)
      const { prediction, warnings = [] } = answer.json<{
        prediction: number
        warnings?: readonly { readonly pointer: string; readonly policy: 'impute' | 'warn' }[]
      }>()
      const counts = warnings.map(({ pointer, policy }) => {
        return { column: pointer.slice(1), policy, count: 1 }
      })
      return { score: prediction, counts }
    }),
  )
}

/** What the other protocols say of a row: its score, and in a header what was let through. */
async function askProtocols(app: ServingApp, row: Row): Promise<readonly Outcome[]> {
  const ask = async (url: string, payload: object): Promise<Outcome> => {
    const answer = await app.inject({
      method: 'POST',
      url,
      headers: { host: 'localhost' },
      payload,
    })
    if (answer.statusCode === 400) return undefined
    assert.equal(answer.statusCode, 200, answer.body)
    const [, score] = /"(?:prediction|data)":\[?([-+.e\d]+)/.exec(answer.body) ?? []
    const told = String(answer.headers['x-prediction-warnings'] ?? '')
    const counts = told.split(', ').flatMap((each) => {
      const [column = '', policy] = each.split(/;[a-z]+=/)
      return policy === 'impute' || policy === 'warn' ? [{ column, policy, count: 1 } as const] : []
    })
    return { score: Number(score), counts }
  }
  const tensors = Object.entries(row).map(([name, cell]) => ({
    name,
    shape: [1],
    datatype: { number: 'FP64', boolean: 'BOOL' }[typeof cell as string] ?? 'BYTES',
    data: [cell],
  }))
  return [
    await ask('/v1/models/sum:predict', { instances: [row] }),
    await ask('/v1/models/sum:predict', { instances: [names.map((name) => row[name] ?? null)] }),
    await ask('/v2/models/sum/infer', { inputs: tensors }),
    // MLflow has dates as days, too.
    ...(typeof row['since'] === 'number' || typeof row['until'] === 'number'
      ? []
      : [await ask('/invocations', { dataframe_records: [row] })]),
  ]
}

/** Rows that are refused at the edge are those without a prediction, and those put aside; of the others all is let through. */
async function checkFile(
  { database, predictor }: { readonly database: Database; readonly predictor: RowPredictor },
  rows: readonly Row[],
  edge: readonly Outcome[],
): Promise<void> {
  const [input, output, rejected] = ['rows.csv', 'scores.jsonl', 'rejected.jsonl'].map((name) =>
    join(folder, name),
  ) as [string, string, string]
  const lines = rows.map((row, id) => [id, ...names.map((name) => csvCell(row[name]))].join())
  writeFileSync(input, [['id', ...names].join(), ...lines, ''].join('\n'))
  await using opened = await openTable(database, input, {
    types: { note: 'text', plan: 'text' },
  })
  const told = await scoreFile({
    database,
    opened,
    place: input,
    predictor,
    keys: ['id'],
    isExplained: false,
    keepsGoing: true,
    output,
    rejected,
  })
  assert.deepEqual(
    linesOf(output),
    edge.map((outcome, id) => ({ id, prediction: outcome?.score ?? null })),
  )
  const refused = edge.flatMap((outcome, id) => (outcome === undefined ? [id] : []))
  assert.deepEqual(
    linesOf(rejected).map(({ id }) => id),
    refused,
  )
  assert.deepEqual([told.rows, told.unfitRows], [rows.length, refused.length])
  assert.deepEqual(new Set(told.warnings), new Set(sumCounts(edge)))
}

function linesOf(path: string): readonly Row[] {
  const text = readFileSync(path, 'utf8').trimEnd()
  return text === '' ? [] : text.split('\n').map((line) => JSON.parse(line) as Row)
}

function csvCell(cell: Cell | undefined): string {
  return `"${String(cell ?? '').replaceAll('"', '""')}"`
}

function sumCounts(outcomes: readonly Outcome[]): Counts {
  const sums = new Map<string, Counts[number]>()
  for (const each of outcomes.flatMap((outcome) => outcome?.counts ?? [])) {
    const key = `${each.column} ${each.policy}`
    sums.set(key, { ...each, count: (sums.get(key)?.count ?? 0) + each.count })
  }
  return [...sums.values()]
}
