/** What comparisons said over time: one line of JSON each, so that a file of them can be read by anything. */

import { createHash } from 'node:crypto'
import { ToolkitError } from '../../core/errors.ts'
import { isObject, parseJsonText } from '../../core/json.ts'
import type { ColumnDrift, ColumnRole, DriftReport, PresetName } from '../drift-report.ts'

/** One comparison. */
export interface HistoryEntry {
  readonly format: 'mlpt.drift-history/1'
  /** Of what is compared: the same comparison made again takes the place of its entry. */
  readonly key: string
  readonly label: string
  readonly reference: string
  readonly preset: PresetName
  /** When it was made, if somebody said so: ISO 8601. */
  readonly at?: string
  readonly referenceRows: number
  readonly currentRows: number
  readonly isDrifted: boolean
  readonly driftedShare: number
  readonly columns: readonly HistoryColumn[]
}

/** What became of one column; of its checks the one that says most. */
export interface HistoryColumn {
  readonly name: string
  readonly role: ColumnRole
  readonly isDrifted: boolean
  /** Absent when nothing could be compared. */
  readonly about?: string
  readonly measure?: string
  readonly value?: number
  readonly threshold?: number
  readonly pValue?: number
}

/** What an entry is about, besides the report. */
export interface EntrySubject {
  /** Names the rows: a window, or a file. */
  readonly label: string
  readonly reference: string
  /** What tells this comparison from others of the same label: the content of a file; absent for a window. */
  readonly content?: string
  readonly at?: string
}

export function createEntry(report: DriftReport, subject: EntrySubject): HistoryEntry {
  const { label, reference, content = '', at } = subject
  const identity = JSON.stringify([label, reference, report.preset, content])
  return {
    format: 'mlpt.drift-history/1',
    key: createHash('md5').update(identity).digest('hex'),
    label,
    reference,
    preset: report.preset,
    ...(at !== undefined && { at }),
    referenceRows: report.referenceRows,
    currentRows: report.currentRows,
    isDrifted: report.isDrifted,
    driftedShare: report.driftedShare,
    columns: report.columns.map(toHistoryColumn),
  }
}

function toHistoryColumn({ name, role, isDrifted, checks }: ColumnDrift): HistoryColumn {
  const check = checks.find((one) => one.isDrifted) ?? checks[0]
  const { effect, significance } = check ?? {}
  return {
    name,
    role,
    isDrifted,
    ...(check !== undefined && { about: check.about }),
    ...(effect !== undefined && {
      measure: effect.measure,
      value: effect.value,
      threshold: effect.threshold,
    }),
    ...(significance !== undefined && { pValue: significance.adjustedPValue }),
  }
}

/** The entries with new ones: each in the place of the same comparison made before, or at the end. */
export function addEntries(
  entries: readonly HistoryEntry[],
  news: readonly HistoryEntry[],
): HistoryEntry[] {
  const byKey = new Map(entries.map((entry) => [entry.key, entry]))
  for (const entry of news) byKey.set(entry.key, entry)
  return [...byKey.values()]
}

export function formatHistory(entries: readonly HistoryEntry[]): string {
  return entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')
}

/** A history, and whether its last line was cut off, which a program that was killed while appending leaves. */
export interface ParsedHistory {
  readonly entries: readonly HistoryEntry[]
  readonly isTorn: boolean
}

/**
 * @param path - for messages
 * @throws {ToolkitError} `DATA_FILE_INVALID` with the number of each line that is none
 */
export function parseHistory(text: string, path: string): ParsedHistory {
  const lines = text.split('\n')
  const last = lines.pop() ?? ''
  const entries = lines.map(parseEntry)
  const wrong = entries.flatMap((entry, i) => (entry === undefined ? [i + 1] : []))
  if (wrong.length > 0) {
    const shown = wrong.slice(0, 20).join(', ')
    throw new ToolkitError(
      'DATA_FILE_INVALID',
      `${path} is no history of drift: line ${shown} is none of its entries`,
      { hint: 'name another file, or mend these lines' },
    )
  }
  const whole = parseEntry(last)
  const found = entries.filter((entry) => entry !== undefined)
  if (whole !== undefined) return { entries: [...found, whole], isTorn: false }
  if (last !== '' && !last.startsWith('{"format":"mlpt.drift-h'.slice(0, last.length))) {
    throw new ToolkitError('DATA_FILE_INVALID', `${path} is no history of drift`, {
      hint: 'name another file: this one stays as it is',
    })
  }
  return { entries: found, isTorn: last !== '' }
}

function parseEntry(line: string): HistoryEntry | undefined {
  const value = parseJsonText(line)
  return isEntry(value) ? value : undefined
}

function isEntry(value: unknown): value is HistoryEntry {
  return (
    isObject(value) &&
    value['format'] === 'mlpt.drift-history/1' &&
    ['key', 'label', 'reference', 'preset'].every((name) => typeof value[name] === 'string') &&
    ['referenceRows', 'currentRows', 'driftedShare'].every((name) =>
      Number.isFinite(value[name]),
    ) &&
    typeof value['isDrifted'] === 'boolean' &&
    Array.isArray(value['columns']) &&
    value['columns'].every(isColumn)
  )
}

function isColumn(value: unknown): value is HistoryColumn {
  return (
    isObject(value) &&
    typeof value['name'] === 'string' &&
    ['target', 'prediction', 'feature'].includes(String(value['role'])) &&
    typeof value['isDrifted'] === 'boolean' &&
    ['value', 'threshold', 'pValue'].every(
      (name) => value[name] === undefined || Number.isFinite(value[name]),
    )
  )
}
