/** Finds the fields of delimited text, byte by byte. */

/** The bytes that give delimited text its form. */
export interface TextMarks {
  readonly separator: number
  readonly quote: number
}

/** One record; reused for every record, because there are many. */
export interface TextRecord {
  count: number
  /** Offsets of the fields; quotes around a field are not part of it. */
  readonly starts: number[]
  readonly ends: number[]
  readonly isQuoted: boolean[]
  /** Line ends in the record, its own included. */
  lines: number
  ending: 'lf' | 'crlf' | 'cr' | 'none'
  /** Quotes inside of fields that do not begin with one. */
  hasStrayQuote: boolean
  fault: 'none' | 'unclosed' | 'after-quote'
  /** Lines before the fault, within the record. */
  faultLines: number
}

export function createRecord(): TextRecord {
  return {
    count: 0,
    starts: [],
    ends: [],
    isQuoted: [],
    lines: 0,
    ending: 'none',
    hasStrayQuote: false,
    fault: 'none',
    faultLines: 0,
  }
}

const lineFeed = 10
const carriageReturn = 13

/**
 * Scans the record that begins at `from` into `into`.
 *
 * @param isLast - whether nothing follows these bytes
 * @returns where the next record begins; -1 when the record goes on after these bytes
 */
export function scanRecord(
  bytes: Uint8Array,
  from: number,
  marks: TextMarks & { readonly isLast: boolean },
  into: TextRecord,
): number {
  into.count = 0
  into.lines = 0
  into.hasStrayQuote = false
  into.fault = 'none'
  let at = from
  for (;;) {
    at = scanField(bytes, at, marks, into)
    if (at < 0) return -1
    if (at >= bytes.length) {
      into.ending = 'none'
      into.lines++
      return marks.isLast ? at : -1
    }
    if (bytes[at] !== marks.separator) return endRecord(bytes, at, marks.isLast, into)
    at++
  }
}

function endRecord(bytes: Uint8Array, at: number, isLast: boolean, into: TextRecord): number {
  into.lines++
  if (bytes[at] === lineFeed) {
    into.ending = 'lf'
    return at + 1
  }
  if (at + 1 === bytes.length && !isLast) return -1
  into.ending = bytes[at + 1] === lineFeed ? 'crlf' : 'cr'
  return into.ending === 'crlf' ? at + 2 : at + 1
}

/** Gives the offset of the byte that ends the field, -1 when that is not among these. */
function scanField(
  bytes: Uint8Array,
  from: number,
  marks: TextMarks & { readonly isLast: boolean },
  into: TextRecord,
): number {
  const field = into.count++
  const isQuoted = bytes[from] === marks.quote
  into.isQuoted[field] = isQuoted
  into.starts[field] = isQuoted ? from + 1 : from
  if (!isQuoted) return scanBare(bytes, from, marks, into)
  const close = findClosing(bytes, from, marks.quote)
  const isCut = close < 0 || close + 1 === bytes.length
  if (isCut && !marks.isLast) return -1
  if (close < 0) return leaveOpen(bytes, from, into)
  into.lines += countLines(bytes, from, close)
  into.ends[field] = close
  const at = close + 1
  if (at >= bytes.length || isEnd(bytes[at]!, marks.separator)) return at
  if (into.fault === 'none') into.faultLines = into.lines
  into.fault = 'after-quote'
  return scanBare(bytes, at, marks, into)
}

function scanBare(
  bytes: Uint8Array,
  from: number,
  { separator, quote }: TextMarks,
  into: TextRecord,
): number {
  let at = from
  for (; at < bytes.length; at++) {
    const byte = bytes[at]!
    if (isEnd(byte, separator)) break
    if (byte === quote) into.hasStrayQuote = true
  }
  into.ends[into.count - 1] = at
  return at
}

function leaveOpen(bytes: Uint8Array, from: number, into: TextRecord): number {
  into.fault = 'unclosed'
  into.faultLines = into.lines
  into.lines += countLines(bytes, from, bytes.length)
  into.ends[into.count - 1] = bytes.length
  return bytes.length
}

function isEnd(byte: number, separator: number): boolean {
  return byte === separator || byte === lineFeed || byte === carriageReturn
}

function findClosing(bytes: Uint8Array, from: number, quote: number): number {
  let at = bytes.indexOf(quote, from + 1)
  while (at >= 0 && bytes[at + 1] === quote) at = bytes.indexOf(quote, at + 2)
  return at
}

function countLines(bytes: Uint8Array, from: number, to: number): number {
  let count = 0
  for (let at = from; at < to; at++) {
    const byte = bytes[at]
    if (byte === lineFeed || (byte === carriageReturn && bytes[at + 1] !== lineFeed)) count++
  }
  return count
}
