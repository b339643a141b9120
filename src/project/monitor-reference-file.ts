/** What a model version is compared with: the rows that it learned from, and its scores of rows that it did not. */

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ToolkitError } from '../core/errors.ts'
import type { Matrix } from '../core/matrix.ts'
import type { ModelOutput, Predictor } from '../core/predictor.ts'
import type { ModelFields } from '../core/schema.ts'
import type { ModelVersion, Tracking } from '../core/tracking.ts'
import { quoteName, quoteText, type Database } from '../data/duckdb-store.ts'
import { foldColumn } from '../data/features.ts'
import { countValues } from '../data/profile/count-values.ts'
import type { ColumnDistribution, TableDistributions } from '../data/profile/read-distributions.ts'
import type { Table } from '../data/table/column.ts'
import { describeTable } from '../data/table/describe-table.ts'
import { openPredictor } from '../model/index.ts'
import { openSide } from '../monitoring/open-side-file.ts'
import type { LogVersion } from '../monitoring/watch/log-view-store.ts'
import { layoutOf } from './layout.ts'
import { openServedModel } from './served-model.ts'
import type { StepContext } from './step.ts'

/** Known rows, as far as they are known. */
export interface KnownRows extends AsyncDisposable {
  readonly what: string
  readonly inputs: Table | TableDistributions
  /** Rows to score; absent where only a profile is known. */
  readonly scored: Table | undefined
  /** SHA-256 of the data they are of; unknown of a table that somebody named. */
  readonly dataSha256: string | undefined
}

/**
 * Opens the table or profile that was named, else the project's own: the training folds of the feature table, and the test
 * fold to score, which no model has seen.
 *
 * @throws {ToolkitError} `FILE_MISSING` when there is no feature table; as `openSide`
 */
export async function openKnownRows(
  { directory, project, parameters }: StepContext,
  database: Database,
  named: string | undefined,
): Promise<KnownRows> {
  if (named !== undefined) {
    const opened = await openSide(database, named, undefined)
    const { side } = opened
    return {
      what: named,
      inputs: side,
      scored: 'relation' in side ? side : undefined,
      dataSha256: undefined,
      [Symbol.asyncDispose]: async () => opened[Symbol.asyncDispose](),
    }
  }
  const features = layoutOf(project.name).features
  const path = join(directory, features)
  if (!existsSync(path)) {
    throw new ToolkitError('FILE_MISSING', `there is no '${features}' to compare with`, {
      hint: "make it with 'mlpt run features', or name a table or stored profile with --reference",
    })
  }
  const part = (comparison: string): string =>
    `(SELECT * FROM read_parquet(${quoteText(path)}) WHERE ${quoteName(foldColumn)} ${comparison} ${parameters.split.test_fold})`
  return {
    what: `the training folds of ${features}`,
    inputs: await describeTable(database, part('<>')),
    scored: await describeTable(database, part('=')),
    dataSha256: parameters.ingest.sha256,
    [Symbol.asyncDispose]: async () => {},
  }
}

/** A model version as far as it can be found. */
export interface FoundModel {
  readonly fields: ModelFields
  readonly output: ModelOutput['kind']
  readonly predictor: Predictor | undefined
  /** Of the data it learned from, as the registry says. */
  readonly dataSha256: string | undefined
}

/** Finds the model that scored rows: in the registry, else among the project's folders by its digest. */
export async function findModel(
  context: StepContext,
  model: string,
  version: LogVersion,
  openTracking: () => Promise<Tracking>,
): Promise<FoundModel> {
  const predictor =
    (await openRegistered(model, version, openTracking)) ?? (await openByDigest(context, version))
  const fields = Object.fromEntries(
    context.project.inputList.map(({ name, field }) => [name, field]),
  )
  return {
    fields: predictor?.inputs ?? fields,
    output: predictor?.output.kind ?? 'probability',
    predictor,
    dataSha256: (await findVersion(model, version, openTracking))?.tags['mlpt.data_sha256'],
  }
}

async function openRegistered(
  model: string,
  { version, digest }: LogVersion,
  openTracking: () => Promise<Tracking>,
): Promise<Predictor | undefined> {
  if (version === null) return undefined
  try {
    const { predictor } = await openServedModel(`models:/${model}/${version}`, openTracking)
    // A store that was made anew counts from 1 again.
    return digest === null || predictor.digest === digest ? predictor : undefined
  } catch (error) {
    if (error instanceof ToolkitError) return undefined
    throw error
  }
}

async function openByDigest(
  { directory }: StepContext,
  { digest }: LogVersion,
): Promise<Predictor | undefined> {
  const folder = join(directory, 'models')
  if (digest === null || !existsSync(folder)) return undefined
  for (const name of readdirSync(folder).toSorted()) {
    try {
      const predictor = await openPredictor(join(folder, name))
      if (predictor.digest === digest) return predictor
    } catch (error) {
      if (!(error instanceof ToolkitError)) throw error
    }
  }
  return undefined
}

async function findVersion(
  model: string,
  { version }: LogVersion,
  openTracking: () => Promise<Tracking>,
): Promise<ModelVersion | undefined> {
  if (version === null) return undefined
  await using tracking = await openTracking()
  try {
    const versions = await tracking.listModelVersions(model)
    return versions.find((one) => one.version === version)
  } catch (error) {
    if (error instanceof ToolkitError) return undefined
    throw error
  }
}

const mostScored = 100_000

/** What the model gives to known rows; `undefined` where it cannot be asked, or gives more than one number. */
export async function scoreKnownRows(
  database: Database,
  predictor: Predictor | undefined,
  table: Table | undefined,
): Promise<ColumnDistribution | undefined> {
  if (predictor === undefined || table === undefined || predictor.output.kind === 'classes') {
    return undefined
  }
  const names = Object.keys(predictor.inputs)
  const known = new Set(table.columns.map(({ name }) => name))
  if (names.some((name) => !known.has(name))) return undefined
  const cells = names.map((name, i) => `CAST(${quoteName(name)} AS DOUBLE) AS "${i}"`)
  const columns = await database.queryNumbers(
    `SELECT ${cells.join(', ')} FROM ${table.relation} LIMIT ${mostScored}`,
  )
  const rows = columns.get('0')?.length ?? 0
  if (rows === 0) return undefined
  const matrix: Matrix = {
    rows,
    columns: names.length,
    values: new Float32Array(rows * names.length),
  }
  for (const c of names.keys()) {
    for (const [r, value] of columns.get(String(c))!.entries()) {
      matrix.values[r * names.length + c] = value
    }
  }
  return describeScores(Float64Array.from(predictor.predict(matrix)))
}

function describeScores(scores: Float64Array): ColumnDistribution {
  const rows = scores.length
  const { values, counts, nans, infinities } = countValues(scores)
  const column = {
    name: 'score',
    type: 'DOUBLE',
    family: 'number',
    rows,
    nulls: 0,
    nans,
    infinities,
  } as const
  const [least, greatest] = [values[0], values.at(-1)]
  if (least === undefined || greatest === undefined) return column
  const total = rows - nans - infinities
  const distribution = {
    kind: 'numbers',
    values,
    counts,
    total,
    resolution: 0,
    areIntegers: false,
  } as const
  return { ...column, distribution, range: [least, greatest] }
}
