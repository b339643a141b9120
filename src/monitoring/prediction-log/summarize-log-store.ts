import { openPredictionLog, type ReadLogOptions } from './read-log-store.ts'

/** What a log holds. */
export interface LogSummary {
  /** Each version in each arm, the newest first. */
  readonly versions: readonly {
    readonly version: string | null
    readonly digest: string
    readonly arm: string
    readonly rows: number
    /** Rows whose label is known. */
    readonly labels: number
    /** Milliseconds since 1970. */
    readonly from: number
    readonly to: number
  }[]
  /** Labels of predictions that are not in the log. */
  readonly unknownLabels: number
  /** Lines that were cut off. */
  readonly tornLines: number
}

/** @throws {ToolkitError} `FILE_MISSING` */
export async function summarizeLog(root: string, options: ReadLogOptions): Promise<LogSummary> {
  using log = await openPredictionLog(root, options)
  const rows = await log.database.query(
    `SELECT version, digest, arm, count(*) AS rows, count(label) AS labels, min(time) AS first, max(time) AS last
      FROM predictions GROUP BY version, digest, arm ORDER BY last DESC, digest, arm`,
  )
  return {
    versions: rows.map((row) => ({
      version: row['version'] === null ? null : String(row['version']),
      digest: String(row['digest']),
      arm: String(row['arm']),
      rows: Number(row['rows']),
      labels: Number(row['labels']),
      from: Number(row['first']),
      to: Number(row['last']),
    })),
    unknownLabels: await log.countUnknownLabels(),
    tornLines: log.tornLines,
  }
}
