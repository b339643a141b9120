/** What may be said about a file when it is opened; everything left out is detected. */

import { ToolkitError } from '../../core/errors.ts'
import { nameHint } from '../../core/nearest.ts'

/** The formats a table may stand in; text formats may be compressed with gzip. */
export const fileFormats = ['csv', 'json', 'parquet', 'excel', 'sqlite'] as const

/** `csv` is any delimited text, `json` one object a line or an array of objects. */
export type FileFormat = (typeof fileFormats)[number]

/** The types a column of a text file may be read as. */
export const columnTypes = ['text', 'integer', 'decimal', 'boolean', 'date', 'timestamp'] as const

/** `integer` is exact to 38 digits, `decimal` a 64-bit float. */
export type ColumnType = (typeof columnTypes)[number]

/** Which part is first in dates of text whose year is last. */
export const dateOrders = ['day-first', 'month-first'] as const

/** 31/12/2021 or 12/31/2021. */
export type DateOrder = (typeof dateOrders)[number]

/** How numbers and days are written in text where not as 1234.5 and 2025-03-31. */
export interface CellForms {
  /** The decimal mark; the other one of dot and comma may then stand between thousands. */
  readonly decimal?: '.' | ','
  /** The mark between thousands: a comma, a dot, an apostrophe, which is also ’, or a space, which is also one that breaks no line (U+00A0, U+202F). */
  readonly thousands?: string
  /** The order of day and month in text, where no date of a column tells. */
  readonly dateOrder?: DateOrder
}

export interface ReadOptions extends CellForms {
  /** What holds for delimited text where nothing else is said, such as what a project says of its table. */
  readonly assumed?: CellForms & Pick<ReadOptions, 'encoding'>
  /** Asked where a column of delimited text can be read in two ways. */
  readonly whenInDoubt?: () => Promise<CellForms>
  readonly format?: FileFormat
  /** One character between fields; by default found among `,` `;` tab and `|`. */
  readonly separator?: string
  /** One character around fields that hold separators; doubled inside of them. By default `"`. */
  readonly quote?: string
  /** A name the WHATWG Encoding Standard knows, such as 'windows-1252' or 'utf-16le'; by default UTF-8, or what the byte order mark says. */
  readonly encoding?: string
  /** Cells that mean "no value", besides the empty one; by default those of pandas. */
  readonly missing?: readonly string[]
  /** Types of some columns by name; the others' are inferred over the whole file. */
  readonly types?: Readonly<Record<string, ColumnType>>
  /** Every column as text, as it is written, but those that `types` names. */
  readonly allText?: boolean
  /** Columns that delimited text leaves as they are written, as `allText` does; other formats have types of their own. */
  readonly asWritten?: readonly string[]
  /** Name of the sheet of a workbook. */
  readonly sheet?: string
  /** Name of the table of a SQLite database. */
  readonly table?: string
  /** 1-based line with the column names; 0 when there are none: the columns are then `column_1`, `column_2`, … */
  readonly headerLine?: number
}

/** The forms of numbers and days that were said, else those that are assumed. */
export function formsOf({ decimal, thousands, dateOrder, assumed = {} }: ReadOptions): CellForms {
  const { encoding: _, ...forms } = assumed
  const order = dateOrder ?? assumed.dateOrder
  const said = {
    ...(decimal !== undefined && { decimal }),
    ...(thousands !== undefined && { thousands: plainMark(thousands) }),
  }
  // Who says one mark says what the numbers of the file are like: what is assumed of the other may contradict it.
  const marks = Object.keys(said).length > 0 ? said : forms
  return { ...marks, ...(order !== undefined && { dateOrder: order }) }
}

function plainMark(thousands: string): string {
  return thousands.replace(/^[\u00A0\u202F]$/, ' ').replace(/^’$/, "'")
}

/** @throws {ToolkitError} `DATA_COLUMN_MISSING` naming each column that a type is given for and that is not there */
export function checkTypes(
  names: readonly string[],
  types: Readonly<Record<string, ColumnType>>,
): void {
  const unknown = Object.keys(types).filter((name) => !names.includes(name))
  if (unknown.length === 0) return
  throw new ToolkitError(
    'DATA_COLUMN_MISSING',
    unknown.map((name) => `a type is given for '${name}', which is no column`).join('\n'),
    { hint: nameHint(unknown[0]!, names, 'columns') },
  )
}
