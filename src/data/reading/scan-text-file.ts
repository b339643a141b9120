/** The one pass over delimited text that finds its faults and what each column holds. */

import { ToolkitError } from '../../core/errors.ts'
import { classIndex, classifyPlainNumber, classifyText, textClasses } from './cell-classes.ts'
import type { ColumnTally, FirstCell } from './column-tally.ts'
import type { MissingMarker } from './reading.ts'
import type { TextMarks, TextRecord } from './text-records.ts'
import { eachRecord, type TextSource } from './text-stream-file.ts'
import { pluralize } from '../../core/format-number.ts'

export interface TextScan {
  readonly columns: readonly ColumnTally[]
  readonly missing: readonly MissingMarker[]
  readonly rows: number
  readonly blankLines: number
  readonly longestRecord: number
  /** Whether DuckDB could read the text in another way than it was read here. */
  readonly isOdd: boolean
  readonly hasCrlf: boolean
  readonly headerBlanks: readonly number[]
}

export interface ScanOptions {
  readonly hasHeader: boolean
  /** The texts of missing cells, '' among them. */
  readonly markers: readonly string[]
}

interface Counter {
  readonly name: string
  readonly counts: number[]
  readonly first: (FirstCell | undefined)[]
}

/** What the pass has seen so far. */
interface ScanState {
  readonly quote: number
  readonly missing: Map<string, number>
  /** Whether no marker could be taken for a number. */
  readonly isPlainSafe: boolean
  readonly endings: Set<string>
  readonly faults: string[]
  columns: Counter[] | undefined
  headerBlanks: readonly number[]
  rows: number
  emptyCells: number
  blankLines: number
  longestRecord: number
  hasStrayQuote: boolean
}

const shownFaults = 20

/** @throws {ToolkitError} `DATA_FILE_INVALID` with the first 20 faults and their lines */
export async function scanText(
  source: TextSource,
  marks: TextMarks,
  { hasHeader, markers }: ScanOptions,
): Promise<TextScan> {
  const state: ScanState = {
    quote: marks.quote,
    missing: new Map(markers.map((marker) => [marker, 0])),
    isPlainSafe: !markers.some((marker) => /^[-\d.]+$/.test(marker)),
    endings: new Set(),
    faults: [],
    columns: undefined,
    headerBlanks: [],
    rows: 0,
    emptyCells: 0,
    blankLines: 0,
    longestRecord: 0,
    hasStrayQuote: false,
  }
  await eachRecord(source, marks, (bytes, record, line) => {
    if (isBlankLine(record)) state.blankLines++
    else {
      noteForm(state, record)
      const told = faultOf(record, state.columns?.length ?? record.count)
      if (told !== undefined && state.faults.length < shownFaults) {
        state.faults.push(`${source.path}:${line + told.lines}: ${told.words}`)
      }
      if (state.columns === undefined && hasHeader) takeHeader(state, bytes, record)
      else if (told === undefined) countRow(state, bytes, { record, line })
    }
  })
  if (state.faults.length > 0) {
    throw new ToolkitError('DATA_FILE_INVALID', state.faults.join('\n'), {
      hint: 'mend these lines, or name the separator or the line of the header',
    })
  }
  return finishScan(state)
}

/** A line without anything is no record, as in pandas. */
export function isBlankLine(record: TextRecord): boolean {
  return record.count === 1 && record.starts[0] === record.ends[0] && !record.isQuoted[0]
}

function noteForm(state: ScanState, record: TextRecord): void {
  if (record.ending !== 'none') state.endings.add(record.ending)
  if (record.hasStrayQuote) state.hasStrayQuote = true
  const length = record.ends[record.count - 1]! - record.starts[0]!
  state.longestRecord = Math.max(state.longestRecord, length)
}

function takeHeader(state: ScanState, bytes: Buffer, record: TextRecord): void {
  const names = Array.from({ length: record.count }, (_, field) =>
    fieldText(bytes, record, { field, quote: state.quote }).trim(),
  )
  state.headerBlanks = names.flatMap((name, i) => (name === '' ? [i] : []))
  state.columns = names.map((name, i) => createCounter(name === '' ? `column_${i + 1}` : name))
}

function countRow(
  state: ScanState,
  bytes: Buffer,
  { record, line }: { readonly record: TextRecord; readonly line: number },
): void {
  state.rows++
  state.columns ??= Array.from({ length: record.count }, (_, i) => createCounter(`column_${i + 1}`))
  for (let field = 0; field < record.count; field++) {
    const counter = state.columns[field]!
    const from = record.starts[field]!
    const to = record.ends[field]!
    if (from === to) {
      state.emptyCells++
      counter.counts[classIndex.missing]!++
      continue
    }
    const index = state.isPlainSafe ? classifyPlainNumber(bytes, from, to) : -1
    if (index >= 0 && counter.first[index] !== undefined) counter.counts[index]!++
    else
      countCell(state, counter, {
        line,
        text: fieldText(bytes, record, { field, quote: state.quote }),
      })
  }
}

function countCell({ missing }: ScanState, counter: Counter, cell: FirstCell): void {
  const times = missing.get(cell.text)
  if (times !== undefined) missing.set(cell.text, times + 1)
  const index = times === undefined ? classIndex[classifyText(cell.text)] : classIndex.missing
  counter.counts[index]!++
  counter.first[index] ??= cell
}

function finishScan(state: ScanState): TextScan {
  const { missing, endings, blankLines } = state
  missing.set('', (missing.get('') ?? 0) + state.emptyCells)
  return {
    columns: state.columns ?? [],
    missing: [...missing]
      .flatMap(([text, count]) => (count === 0 ? [] : [{ text, count }]))
      .toSorted((a, b) => b.count - a.count || (a.text < b.text ? -1 : 1)),
    rows: state.rows,
    blankLines,
    longestRecord: state.longestRecord,
    isOdd: state.hasStrayQuote || blankLines > 0 || endings.size > 1 || endings.has('cr'),
    hasCrlf: endings.has('crlf'),
    headerBlanks: state.headerBlanks,
  }
}

function createCounter(name: string): Counter {
  return { name, counts: textClasses.map(() => 0), first: textClasses.map(() => undefined) }
}

/** The text of a field, doubled quotes halved. */
export function fieldText(
  bytes: Buffer,
  record: TextRecord,
  { field, quote }: { readonly field: number; readonly quote: number },
): string {
  const text = bytes.toString('utf8', record.starts[field], record.ends[field])
  if (!record.isQuoted[field]) return text
  const mark = String.fromCharCode(quote)
  return text.replaceAll(mark + mark, mark)
}

function faultOf(
  record: TextRecord,
  width: number,
): { readonly words: string; readonly lines: number } | undefined {
  if (record.fault === 'unclosed') {
    return { words: 'a quote opens here and is never closed', lines: record.faultLines }
  }
  if (record.fault === 'after-quote') {
    return { words: 'text stands after a closing quote', lines: record.faultLines }
  }
  if (record.count === width) return undefined
  const fields = `${record.count} ${pluralize(record.count, 'field')}`
  return { words: `${fields}, expected ${width}`, lines: 0 }
}
