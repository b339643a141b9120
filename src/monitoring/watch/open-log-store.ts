import { basename, join } from 'node:path'
import { ToolkitError } from '../../core/errors.ts'
import { openDatabase, type Database } from '../../data/duckdb-store.ts'
import { modelLogFolder, type LogKind } from '../prediction-log/log-folder.ts'
import { listParts } from '../prediction-log/log-parts-store.ts'
import { checkLogThere } from '../prediction-log/logged-models-store.ts'
import { describeFiles } from './describe-files-store.ts'
import type { KnownFile, LogFile } from './log-catalogue.ts'
import { withoutRowsAhead, type RowsAhead } from './rows-ahead-store.ts'

/** A log that is open for looking at. */
export interface LogView {
  readonly database: Database
  readonly predictions: readonly LogFile[]
  readonly feedback: readonly LogFile[]
  /** Those of the predictions that no look before this one has seen, not as lines either: other machines have sent them. */
  readonly arrived: readonly LogFile[]
  /** Predictions that are left out, for their moment is yet to come. */
  readonly ahead: RowsAhead | undefined
}

/** What is kept of the files of a log between looks: whoever loses it reads them again. */
export interface FileCatalogue {
  readFiles(model: string): readonly KnownFile[]
  /** Takes the place of what was kept of this model. */
  saveFiles(model: string, files: readonly KnownFile[]): void
}

export interface LogViewOptions {
  readonly model: string
  /** Milliseconds since 1970. */
  readonly now: number
  /** Files that it knows are not read to find out what is in them. */
  readonly catalogue?: FileCatalogue | undefined
  /** Only predictions of days that this range touches, also if they are yet to come. */
  readonly dates?: { readonly since: number; readonly until: number } | undefined
}

/**
 * The log of one model with all that has been written until now, until it is disposed; `undefined` while there is none.
 *
 * @param root - of all logs
 */
export async function openLogView(
  root: string,
  { model, now, catalogue, dates }: LogViewOptions,
): Promise<(LogView & Disposable) | undefined> {
  if (!(await hasLog(root, model))) return undefined
  const folder = modelLogFolder(root, model)
  const database = await openDatabase()
  try {
    const known = new Map(catalogue?.readFiles(model).map((file) => [file.name, file]))
    const describe = async (kind: LogKind): Promise<readonly LogFile[]> => {
      const ofPredictions = kind === 'predictions' ? dates : undefined
      const asked = {
        folder: join(folder, kind),
        kind,
        now,
        ...(ofPredictions && { dates: ofPredictions }),
      }
      return describeFiles(database, await listParts(database, asked), { folder, kind, known })
    }
    const predictions = await describe('predictions')
    const feedback = await describe('feedback')
    const arrived = predictions.filter((file) => !isSeen(file, known))
    catalogue?.saveFiles(model, [...predictions, ...feedback])
    const { files, ahead } =
      dates === undefined
        ? await withoutRowsAhead(database, predictions, now)
        : { files: predictions, ahead: undefined }
    const dispose = (): void => database[Symbol.dispose]()
    return { database, predictions: files, feedback, arrived, ahead, [Symbol.dispose]: dispose }
  } catch (error) {
    database[Symbol.dispose]()
    throw error
  }
}

/** A file of lines keeps its name when it becomes Parquet. */
function isSeen({ name }: LogFile, known: ReadonlyMap<string, KnownFile>): boolean {
  return known.has(name) || known.has(`predictions/${basename(name, '.parquet')}.jsonl`)
}

async function hasLog(root: string, model: string): Promise<boolean> {
  try {
    await checkLogThere(root, model)
    return true
  } catch (error) {
    if (error instanceof ToolkitError && error.code === 'FILE_MISSING') return false
    throw error
  }
}
