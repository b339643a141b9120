import type { Table } from '../table/column.ts'
import type { CellForms, FileFormat } from './read-options.ts'

/** How a file was read: everything that was detected, so that nothing is guessed in silence. */
export interface Reading {
  readonly format: FileFormat
  readonly compression: 'gzip' | 'none'
  /** Of text formats, such as 'utf-8'. */
  readonly encoding?: string
  /** Of delimited text. */
  readonly separator?: string
  /** Of delimited text. */
  readonly quote?: string
  /** Of delimited text: how its numbers and days are written, as far as it was said or all columns that tell agree. */
  readonly forms?: CellForms
  /** Of a workbook. */
  readonly sheet?: string
  /** Of a SQLite database. */
  readonly table?: string
  readonly columns: readonly ColumnReading[]
  /** The cells taken as missing by what stands in them, the most frequent first; '' is the empty cell. */
  readonly missing: readonly MissingMarker[]
}

export interface ColumnReading {
  readonly name: string
  /** DuckDB's name of the type. */
  readonly type: string
  /** Why the column has this type, in words. */
  readonly reason: string
}

export interface MissingMarker {
  readonly text: string
  readonly count: number
}

/** A table file that is open: its rows can be scanned as often as wanted until it is disposed. */
export interface OpenedTable extends AsyncDisposable {
  /** `relation` gives the rows in the order of the file. */
  readonly table: Table
  readonly reading: Reading
  /** What a reader of the results should know, one sentence each. */
  readonly warnings: readonly string[]
  /** Where rows stand in the file, for messages; `rows` are 0-based, and the places come in their order. */
  readonly placesOf: (rows: readonly number[]) => Promise<readonly string[]>
}
