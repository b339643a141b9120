/** What a model version is compared with: the rows that it learned from, and its scores of rows that it did not. */

import { existsSync, readdirSync } from 'node:fs'
import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFileWith } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import { isObject, parseJsonText } from '../../core/json.ts'
import type { ModelOutput, Predictor } from '../../core/predictor.ts'
import type { InputFields } from '../../core/input-field.ts'
import type { ModelVersion, Tracking } from '../../core/tracking.ts'
import { quoteName, quotePath, type Database } from '../../data/duckdb-store.ts'
import { foldColumn } from '../../data/features.ts'
import { inputSql } from '../../data/input-sql.ts'
import { toMatrix } from '../../data/read-features.ts'
import { countValues } from '../../data/profile/count-values.ts'
import type {
  ColumnDistribution,
  TableDistributions,
} from '../../data/profile/read-distributions.ts'
import type { Table } from '../../data/table/column.ts'
import { describeTable } from '../../data/table/describe-table.ts'
import { openPredictor } from '../../model/index.ts'
import { openSide } from '../../monitoring/open-side-file.ts'
import { calledPlace } from '../../core/called-class.ts'
import { classNumber } from '../../core/class-names.ts'
import type { LogVersion } from '../../monitoring/watch/log-catalogue.ts'
import { listOutputColumns } from '../../monitoring/watch/output-columns.ts'
import { knowTexts } from '../known-texts.ts'
import { layoutOf } from '../layout.ts'
import { openServedModel } from '../served-model.ts'
import type { StepContext } from '../step.ts'

/** Rows that a version knows, as far as they are known. */
export interface KnownRows {
  readonly what: string
  readonly inputs: Table | TableDistributions
  /** Rows to score; absent where only a profile is known. */
  readonly scored: Table | undefined
}

/** Where references are found, until it is disposed. */
export interface KnownData extends AsyncDisposable {
  /** @param dataSha256 - of the data that a version learned from, if the registry says */
  readonly of: (dataSha256: string | undefined) => Promise<KnownRows>
}

/**
 * Opens the table or profile that was named, else the project's own: the training folds of the feature table, and the test
 * fold to score, which no model has seen. The feature table is kept by the hash of its data: when the project has new data,
 * a version is still compared with what it learned from.
 *
 * @param options.keptFolder - where feature tables are kept
 * @throws {ToolkitError} `FILE_MISSING` when there is no feature table; as `openSide`
 */
export async function openKnownData(
  context: StepContext,
  database: Database,
  options: { readonly named: string | undefined; readonly keptFolder: string },
): Promise<KnownData> {
  if (options.named !== undefined) return openNamed(database, options.named)
  const features = layoutOf(context.project.name).features
  const path = join(context.directory, features)
  if (!existsSync(path)) {
    throw new ToolkitError('FILE_MISSING', `there is no '${features}' to compare with`, {
      hint: "make it with 'mlpt run features', or name a table or stored profile with --reference",
    })
  }
  const now = await readDataHash(context)
  if (now !== undefined) await keepFeatures(path, keptPath(options.keptFolder, now))
  const what = `the training folds of ${features}`
  return {
    of: async (dataSha256) => {
      if (dataSha256 === undefined || dataSha256 === now)
        return readFolds(context, database, { path, what })
      const kept = keptPath(options.keptFolder, dataSha256)
      return existsSync(kept)
        ? readFolds(context, database, { path: kept, what: `${what} as they were when it learned` })
        : readFolds(context, database, {
            path,
            what: `${what}; other data than this version learned from`,
          })
    },
    [Symbol.asyncDispose]: async () => {},
  }
}

async function openNamed(database: Database, name: string): Promise<KnownData> {
  const opened = await openSide(database, name, undefined)
  const { side } = opened
  const known = { what: name, inputs: side, scored: 'relation' in side ? side : undefined }
  return { of: async () => known, [Symbol.asyncDispose]: async () => opened[Symbol.asyncDispose]() }
}

async function readFolds(
  { parameters }: StepContext,
  database: Database,
  { path, what }: { readonly path: string; readonly what: string },
): Promise<KnownRows> {
  const part = (comparison: string): string =>
    `(SELECT * FROM read_parquet(${quotePath(path)}) WHERE ${quoteName(foldColumn)} ${comparison} ${parameters.split.test_fold})`
  return {
    what,
    inputs: await describeTable(database, part('<>')),
    scored: await describeTable(database, part('=')),
  }
}

/** Of the data that the project has now: what `mlpt ingest` says of it. */
async function readDataHash({ directory, project }: StepContext): Promise<string | undefined> {
  const path = join(directory, layoutOf(project.name).manifest)
  if (!existsSync(path)) return undefined
  const manifest = parseJsonText(await readFile(path, 'utf8'))
  const sha256 = isObject(manifest) ? manifest['sha256'] : undefined
  return typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256) ? sha256 : undefined
}

function keptPath(folder: string, sha256: string): string {
  return join(folder, `${sha256}.parquet`)
}

async function keepFeatures(path: string, kept: string): Promise<void> {
  if (existsSync(kept)) return
  await replaceFileWith(kept, async (output) => copyFile(path, output))
}

/** A model version as far as it can be found. */
export interface FoundModel {
  readonly fields: InputFields
  readonly output: ModelOutput
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
    context.project.inputList.map(({ name, field }) => [
      name,
      // Which of any texts it knows, only the model could tell.
      field.type === 'text' && field.levels !== undefined
        ? { ...field, known: field.levels }
        : field,
    ]),
  )
  return {
    fields: predictor?.inputs ?? fields,
    output: predictor?.output ?? context.project.output,
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

/** What the model gives to known rows, by the columns of a log; `undefined` where it cannot be asked. */
export async function scoreKnownRows(
  database: Database,
  model: Predictor | undefined,
  table: Table | undefined,
): Promise<TableDistributions | undefined> {
  if (model === undefined || table === undefined) return undefined
  const names = Object.keys(model.inputs)
  const known = new Set(table.columns.map(({ name }) => name))
  if (names.some((name) => !known.has(name))) return undefined
  const predictor = await knowTexts(database, table.relation, model)
  const cells = Object.entries(predictor.inputs).map(
    ([name, field], i) => `CAST(${inputSql(quoteName(name), field)} AS DOUBLE) AS "${i}"`,
  )
  const columns = await database.queryNumbers(
    `SELECT ${cells.join(', ')} FROM ${table.relation} LIMIT ${mostScored}`,
  )
  const rows = columns.get('0')?.length ?? 0
  if (rows === 0) return undefined
  const isWide = (place: number): boolean => model.doubles?.has(names[place]!) === true
  const matrix = toMatrix([...columns.values()], rows, isWide)
  const given = namedOutputs(predictor.output, { rows, values: predictor.predict(matrix) })
  return {
    rows,
    columns: new Map(given.map(([name, values]) => [name, describeCells(name, values)])),
  }
}

/** The columns of a log for these outputs. @param given.values - shape [rows, outputs] */
function namedOutputs(
  output: ModelOutput,
  { rows, values }: { readonly rows: number; readonly values: Float32Array },
): readonly (readonly [name: string, cells: Float64Array])[] {
  const columns = listOutputColumns(output)
  if (output.kind !== 'classes') return [[columns[0]!.name, Float64Array.from(values)]]
  const { classes } = output
  const called = Int32Array.from({ length: rows }, (_, row) =>
    calledPlace(values, row * classes.length, output),
  )
  const [predicted, ...probabilities] = columns
  return [
    [predicted!.name, Float64Array.from(called, (place) => classNumber(classes, place))],
    ...probabilities.map(
      ({ name }, place) =>
        [
          name,
          Float64Array.from({ length: rows }, (_, row) => values[row * classes.length + place]!),
        ] as const,
    ),
  ]
}

function describeCells(name: string, scores: Float64Array): ColumnDistribution {
  const rows = scores.length
  const { values, counts, nans, infinities } = countValues(scores)
  const column = {
    name,
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
