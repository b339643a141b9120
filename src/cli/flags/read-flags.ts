/** What every command that reads a table file understands on the command line. */

import { InvalidArgumentError, Option, type Command } from 'commander'
import { nameHint } from '../../core/nearest.ts'
import {
  columnTypes,
  dateOrders,
  fileFormats,
  type ColumnType,
  type ReadOptions,
} from '../../data/reading/read-options.ts'

/** The flags as commander hands them over; all of them may be left out. */
export interface ReadFlags extends Omit<ReadOptions, 'types'> {
  /** Types of columns by name. */
  readonly type?: ReadOptions['types']
}

/** Adds the flags that say how a table file is read; what is left out is detected. */
export function addReadFlags(command: Command): Command {
  return addSourceFlags(command).option(
    '--type <name=type>',
    `type of a column: ${columnTypes.join(', ')}; may be repeated`,
    addType,
  )
}

/** Adds those flags that a source in project.ts knows too. */
export function addSourceFlags(command: Command): Command {
  return command
    .addOption(new Option('--format <format>', 'format of the file').choices(fileFormats))
    .option(
      '--separator <character>',
      "character between the fields of text; 'tab' for a tab",
      parseSeparator,
    )
    .option('--quote <character>', 'character around fields of text', parseCharacter)
    .option('--encoding <name>', "encoding of text, such as 'windows-1252'", parseEncoding)
    .addOption(new Option('--decimal <mark>', 'decimal mark of text').choices(['.', ',']))
    .option('--thousands <mark>', 'mark between thousands in text', parseCharacter)
    .addOption(
      new Option('--date-order <order>', 'part that is first in dates of text').choices(dateOrders),
    )
    .option(
      '--missing <text>',
      'cell that means no value, besides the empty one; may be repeated',
      addMissing,
    )
    .option('--sheet <name>', 'sheet of a workbook')
    .option('--table <name>', 'table of a SQLite database')
    .option('--header-line <number>', 'line with the column names; 0 for none', parseLine)
}

/** The reading options that were given, out of all the flags of a command. */
export function toReadOptions(flags: ReadFlags): ReadOptions {
  const { format, separator, quote, encoding, type: types, sheet, table, headerLine } = flags
  return {
    ...(format !== undefined && { format }),
    ...(separator !== undefined && { separator }),
    ...(quote !== undefined && { quote }),
    ...(encoding !== undefined && { encoding }),
    ...toCellOptions(flags),
    ...(types !== undefined && { types }),
    ...(sheet !== undefined && { sheet }),
    ...(table !== undefined && { table }),
    ...(headerLine !== undefined && { headerLine }),
  }
}

/** What is said of the cells. */
function toCellOptions({ decimal, thousands, dateOrder, missing }: ReadFlags): ReadOptions {
  return {
    ...(decimal !== undefined && { decimal }),
    ...(thousands !== undefined && { thousands }),
    ...(dateOrder !== undefined && { dateOrder }),
    ...(missing !== undefined && { missing }),
  }
}

function parseSeparator(text: string): string {
  return text === 'tab' || text === String.raw`\t` ? '\t' : parseCharacter(text)
}

function parseCharacter(text: string): string {
  if (/^[^\n\r]$/u.test(text)) return text
  throw new InvalidArgumentError('expected one character')
}

function parseEncoding(text: string): string {
  try {
    return new TextDecoder(text).encoding
  } catch {
    // The label is unknown to the Encoding Standard.
    throw new InvalidArgumentError("expected a name such as 'utf-8', 'utf-16le' or 'windows-1252'")
  }
}

function addMissing(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text]
}

function addType(
  text: string,
  before: Readonly<Record<string, ColumnType>> = {},
): Readonly<Record<string, ColumnType>> {
  // A name may hold '=', a type never does.
  const [, name, given] = /^(.+)=([^=]*)$/s.exec(text) ?? []
  if (name === undefined || given === undefined) {
    throw new InvalidArgumentError('expected NAME=TYPE')
  }
  const type = columnTypes.find((known) => known === given)
  if (type === undefined) {
    const hint = nameHint(given, columnTypes, 'types')
    throw new InvalidArgumentError(`'${given}' is no type; ${hint}`)
  }
  if (Object.hasOwn(before, name) && before[name] !== type) {
    throw new InvalidArgumentError(`'${name}' is already '${before[name]}'`)
  }
  return Object.fromEntries([...Object.entries(before), [name, type]])
}

function parseLine(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('expected a line number, or 0 for none')
}
