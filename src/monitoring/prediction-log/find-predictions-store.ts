/** Single predictions out of the logs. */

import type { Cell } from '../../data/duckdb-store.ts'
import { listLoggedModels } from './logged-models-store.ts'
import { openPredictionLog } from './read-log-store.ts'

/** One row of a log. */
export interface LoggedPrediction {
  readonly id: string
  /** Milliseconds since 1970. */
  readonly time: number
  readonly requestId: string
  readonly traceId: string | null
  readonly protocol: string
  readonly model: string
  readonly version: string | null
  readonly digest: string
  readonly arm: string
  readonly score: number | null
  readonly prediction: number | null
  readonly latencyUs: number | null
  /** By field; null where missing. */
  readonly inputs: Readonly<Record<string, number | string | null>>
  /** Keyed hashes of fields whose values are not kept. */
  readonly hashed: Readonly<Record<string, string | null>>
  readonly label: number | null
  readonly labelTime: number | null
}

/**
 * All rows of an id: of each model that scored it, the oldest first; the id of a request of many rows gives them all.
 *
 * @param options - `model`: in its log only
 */
export async function findPredictions(
  root: string,
  id: string,
  { model, now }: { readonly model?: string | undefined; readonly now: number },
): Promise<readonly LoggedPrediction[]> {
  const models = model === undefined ? await listLoggedModels(root) : [model]
  const found: LoggedPrediction[] = []
  for (const name of models) {
    using log = await openPredictionLog(root, { model: name, now })
    const rows = await log.database.query(
      'SELECT * FROM predictions WHERE id = ? OR request_id = ? ORDER BY time, length(id), id, arm',
      [id, id],
    )
    found.push(...rows.map(toPrediction))
  }
  return found
}

function toPrediction(row: Readonly<Record<string, Cell>>): LoggedPrediction {
  const number = (name: string): number | null => toNumber(row[name])
  const text = (name: string): string | null => toText(row[name])
  return {
    id: String(row['id']),
    time: Number(row['time']),
    requestId: String(row['request_id']),
    traceId: text('trace_id'),
    protocol: String(row['protocol']),
    model: String(row['model']),
    version: text('version'),
    digest: String(row['digest']),
    arm: String(row['arm']),
    score: number('score'),
    prediction: number('prediction'),
    latencyUs: number('latency_us'),
    inputs: membersOf(row, 'input.', toInput),
    hashed: membersOf(row, 'hashed.', toText),
    label: number('label'),
    labelTime: number('label_time'),
  }
}

function membersOf<Value>(
  row: Readonly<Record<string, Cell>>,
  prefix: string,
  read: (cell: Cell | undefined) => Value,
): Readonly<Record<string, Value>> {
  const members = Object.entries(row).filter(([name]) => name.startsWith(prefix))
  return Object.fromEntries(members.map(([name, cell]) => [name.slice(prefix.length), read(cell)]))
}

function toNumber(cell: Cell | undefined): number | null {
  return cell === null || cell === undefined ? null : Number(cell)
}

function toInput(cell: Cell | undefined): number | string | null {
  return typeof cell === 'string' ? cell : toNumber(cell)
}

function toText(cell: Cell | undefined): string | null {
  return cell === null || cell === undefined ? null : String(cell)
}
