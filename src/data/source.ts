import type { ReadOptions } from './reading/read-options.ts'

/**
 * How the file of a source is read; what is left out is detected, but only blank cells are missing, numbers are written as
 * 1234.5 and days as 2025-03-31.
 */
export type SourceReading = Pick<
  ReadOptions,
  | 'format'
  | 'separator'
  | 'quote'
  | 'encoding'
  | 'decimal'
  | 'thousands'
  | 'dateOrder'
  | 'missing'
  | 'sheet'
  | 'table'
  | 'headerLine'
> & {
  /** Name of a column that counts the rows from 1, for a table without one that names them; one that the file has stays. */
  readonly rowNumber?: string
}

/**
 * Where a data set can be had. `ingest` tries them in order; all of them must
 * give the same table, because its content is checked against one hash.
 */
export type DataSource =
  | {
      /** A local folder; the flag `--mirror` or `MLPT_DATA_MIRROR` replaces `path`. */
      readonly kind: 'folder'
      /** Relative to the project. */
      readonly path: string
      /** Tables of any format, such as CSV, gzip, XLSX or Parquet; the first that exists is read. */
      readonly files: readonly string[]
      readonly read?: SourceReading
    }
  | {
      /** One table file. */
      readonly kind: 'csv'
      readonly url: string
      readonly read?: SourceReading
    }
  | {
      /** A zip archive with one .xls or .xlsx in it. */
      readonly kind: 'zip-excel'
      readonly url: string
      /** 1-based line of the sheet that holds the column names. */
      readonly headerLine: number
    }

/** The source of record: what the manifest and the model card cite, whichever copy was read. */
export interface Citation {
  readonly title: string
  readonly url: string
  readonly licence: string
}
