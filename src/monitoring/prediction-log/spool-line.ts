/**
 * Lines of JSON as the server writes them: one for each scored row, one for each label. The numbers of a row are a list,
 * whose names stand in a line of their own before the first row of a model: names behind every number would be most of a
 * file, and most of the work of writing and of reading it.
 */

import type { Feedback } from '../../core/prediction-log.ts'
import { calledPlace, isCalledPositive, likeliestPlace } from '../../core/called-class.ts'
import { predictionIdOf } from '../../core/prediction-log.ts'
import type { Matrix, RawCells } from '../../core/matrix.ts'
import type { ClassOutput, ModelOutput } from '../../core/predictor.ts'
import type { ScoredRows } from '../../core/scored-rows.ts'
import { classNames, classNumber, readableName } from '../../core/class-names.ts'
import { formatDouble, formatFloat, longestFloat, writeFloat } from './format-float.ts'
import { appendText, reserveBytes, type LineBytes } from './line-bytes.ts'
import { hashCell, type Redaction } from './redaction.ts'

/** Rows of one request, kept until they are written. */
export interface QueuedRows extends Omit<ScoredRows, 'rows' | 'scores'> {
  /** When they were scored, in milliseconds since 1970. */
  readonly time: number
  /** Rows of the request: some of the last may not be here. */
  readonly requestRows: number
  readonly rows: number
  /** Memory that many requests share. */
  readonly numbers: Float32Array
  /** Where in it the values begin, shape [rows, columns]. */
  readonly valuesAt: number
  /** Where in it the scores begin, shape [rows] or [rows, classes]. */
  readonly scoresAt: number
  /** Cells of columns that are texts or dates; numbers stand for them in `values`. */
  readonly texts?: RawCells | undefined
  /** Numbers of columns that the model took in 64 bits. */
  readonly doubles?: Matrix['doubles']
}

/** Appends lines, each with its line break. */
export interface LineWriter {
  /** The line that names the numbers of all rows of this model. */
  appendNames(into: LineBytes, queued: QueuedRows): void
  appendRows(
    into: LineBytes,
    queued: QueuedRows,
    range: { readonly from: number; readonly to: number },
  ): void
}

export function createLineWriter(redaction: Redaction): LineWriter {
  // Text that comes again with every row of a model is made once.
  const membersOf = rememberFor(listClassMembers)
  const planOf = rememberFor((columns: readonly string[]) => planColumns(columns, redaction))
  const identityOf = rememberFor(formatIdentity)
  return {
    appendNames: (into, { columns, model: { digest } }) => {
      const names = planOf(columns).plain.map(({ name }) => name)
      appendText(into, `${JSON.stringify({ digest, names })}\n`)
    },
    appendRows: (into, queued, { from, to }) => {
      const { columns, requestId, requestRows, model } = queued
      const plan = planOf(columns)
      const { output, numbers, scoresAt } = queued
      const members = membersOf(output)
      const middle = `${formatRequest(queued)},${identityOf(model)}`
      for (let row = from; row < to; row++) {
        const id = JSON.stringify(predictionIdOf(requestId, { row, rows: requestRows }))
        const told = formatOutput(output, members, { scores: numbers, at: scoresAt, row })
        appendText(into, `{"id":${id},${middle},${told},"values":[`)
        appendNumbers(into, plan, { queued, row })
        appendText(into, `]${formatOthers(plan, queued, row)}}\n`)
      }
    },
  }
}

/** What stands before the probability of each class. */
function listClassMembers(output: ModelOutput): readonly string[] {
  const names = output.kind === 'classes' ? classNames(output.classes) : []
  return names.map((name) => `${JSON.stringify(name)}:`)
}

function rememberFor<Key extends object, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const known = new WeakMap<Key, Value>()
  return (key) => {
    let value = known.get(key)
    if (value === undefined) {
      value = make(key)
      known.set(key, value)
    }
    return value
  }
}

interface ColumnPlan {
  readonly plain: readonly PlannedColumn[]
  readonly hashed: readonly PlannedColumn[]
  readonly key: Uint8Array
}

interface PlannedColumn {
  readonly index: number
  readonly name: string
  /** What stands before a value: the name as a member of a JSON object. */
  readonly member: string
}

function planColumns(columns: readonly string[], { drop, hash, key }: Redaction): ColumnPlan {
  const kept = columns.flatMap((column, index) => {
    const name = readableName(column)
    const planned = { index, name, member: `${JSON.stringify(name)}:` }
    return drop.includes(column) ? [] : [{ ...planned, isHashed: hash.includes(column) }]
  })
  return {
    plain: kept.filter(({ isHashed }) => !isHashed),
    hashed: kept.filter(({ isHashed }) => isHashed),
    key: key ?? new Uint8Array(),
  }
}

function formatRequest(queued: QueuedRows): string {
  const { time, requestId, traceId, protocol, arm, durationMs, requestRows } = queued
  // The id of its only row is its own.
  const request = requestRows === 1 ? '' : `"request_id":${JSON.stringify(requestId)},`
  const trace = traceId === undefined ? '' : `"trace_id":${JSON.stringify(traceId)},`
  const latencyUs = Math.round((durationMs * 1e6) / requestRows) / 1000
  return `"time":${time},${request}${trace}"protocol":"${protocol}","arm":"${arm}","latency_us":${latencyUs}`
}

function formatIdentity({ name, version, digest }: QueuedRows['model']): string {
  return JSON.stringify({ model: name, version, digest }).slice(1, -1)
}

/** @param members - of the probabilities of classes, each with its colon */
function formatOutput(
  output: ModelOutput,
  members: readonly string[],
  { scores, at, row }: { readonly scores: Float32Array; readonly at: number; readonly row: number },
): string {
  if (output.kind === 'classes') return formatClass(output, members, { scores, at, row })
  const score = scores[at + row]!
  if (output.kind === 'value') {
    return `"score":${formatDouble(score)},"prediction":${formatDouble(score)}`
  }
  return `"score":${formatDouble(score)},"prediction":${isCalledPositive(score, output) ? '1' : '0'}`
}

/** The class that is called, the probability of the likeliest, and those of all classes. */
function formatClass(
  output: ClassOutput,
  members: readonly string[],
  { scores, at, row }: { readonly scores: Float32Array; readonly at: number; readonly row: number },
): string {
  const first = at + row * members.length
  const called = calledPlace(scores, first, output)
  const likeliest = likeliestPlace(scores, first, members.length)
  const all = members.map((member, place) => member + formatDouble(scores[first + place]!))
  return `"score":${formatDouble(scores[first + likeliest]!)},"prediction":${classNumber(output.classes, called)},"probabilities":{${all.join(',')}}`
}

/** Nearly all of a line, and so not by way of texts; null where a text is, which stands elsewhere, but for one that the model takes as a double. */
function appendNumbers(
  into: LineBytes,
  { plain }: ColumnPlan,
  { queued, row }: { readonly queued: QueuedRows; readonly row: number },
): void {
  const { columns, numbers, valuesAt, texts, doubles } = queued
  const start = valuesAt + row * columns.length
  reserveBytes(into, plain.length * (1 + longestFloat))
  const { bytes } = into
  let at = into.used
  for (let i = 0; i < plain.length; i++) {
    const { index } = plain[i]!
    if (i > 0) bytes[at++] = comma
    const double = doubles?.get(index)?.[row]
    if (double !== undefined) {
      at += bytes.write(formatDouble(double), at)
      continue
    }
    at = writeFloat(bytes, at, texts?.has(index) === true ? NaN : numbers[start + index]!)
  }
  into.used = at
}

const comma = 0x2c

/** Texts and hashes, where there are any. */
function formatOthers(
  plan: ColumnPlan,
  { columns, numbers, valuesAt, texts, doubles }: QueuedRows,
  row: number,
): string {
  const { hashed, key } = plan
  const own = texts === undefined ? '' : `,${formatTexts(plan, texts, row)}`
  if (hashed.length === 0) return own
  const hashes = hashed.map(({ index, member, name }) => {
    const cells = texts?.get(index)
    const value = numbers[valuesAt + row * columns.length + index]!
    const double = doubles?.get(index)?.[row]
    const number = double === undefined ? formatFloat(value) : formatDouble(double)
    const cell = cells === undefined ? number : (cells[row] ?? 'null')
    return member + (cell === 'null' ? cell : `"${hashCell(key, name, cell)}"`)
  })
  return `${own},"hashed":{${hashes.join(',')}}`
}

function formatTexts({ plain }: ColumnPlan, texts: RawCells, row: number): string {
  const members = plain.flatMap(({ index, member }) => {
    const cells = texts.get(index)
    return cells === undefined ? [] : [member + formatText(cells[row] ?? null)]
  })
  return `"texts":{${members.join(',')}}`
}

/** DuckDB reads no line with half a surrogate pair, which JSON can say and UTF-8 cannot: U+FFFD stands for it. */
function formatText(text: string | null): string {
  return JSON.stringify(text?.toWellFormed() ?? null)
}

/** Lines of labels, each with its line break. @param now - the time of those that have none */
export function formatFeedback(feedback: readonly Feedback[], now: number): string {
  return feedback
    .map(({ id, label, time = now }) => `${JSON.stringify({ id, label, time })}\n`)
    .join('')
}
