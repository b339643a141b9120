/** The character between the fields of delimited text, by the records at its beginning. */

import { createRecord, scanRecord } from './text-records.ts'

const candidates = [',', ';', '\t', '|'] as const

/** How separators are named for people. */
export function nameSeparator(separator: string): string {
  return separator === '\t' ? 'tab' : `'${separator}'`
}

/** The separator that the first line names, `sep=;`, as for Excel: that line is no header. */
export function readNamedSeparator(head: Uint8Array): string | undefined {
  const line = Buffer.from(head.subarray(0, longestNaming)).toString('latin1')
  return /^"?sep=([^\r\n"])"?\r?\n/i.exec(line)?.[1]
}

const longestNaming = 10

/**
 * The separators that fit best, several when they fit equally well; `[',']` for a table of one column.
 *
 * @param head - from the header on
 * @param isWhole - whether nothing follows
 */
export function findSeparators(
  head: Uint8Array,
  { quote, isWhole }: { readonly quote: number; readonly isWhole: boolean },
): readonly string[] {
  const fits = candidates
    .map((separator) =>
      measure(head, separator, {
        separator: separator.charCodeAt(0),
        quote,
        isLast: isWhole,
      }),
    )
    .filter(({ width }) => width > 1)
  const best = Math.max(...fits.map(({ share }) => share))
  const winners = fits.filter(({ share }) => share === best)
  if (winners.length === 0) return [',']
  if (best === 1) return winners.map(({ separator }) => separator)
  return [winners.toSorted((a, b) => b.width - a.width)[0]!.separator]
}

const mostRecords = 1000

function measure(
  head: Uint8Array,
  separator: string,
  marks: { readonly separator: number; readonly quote: number; readonly isLast: boolean },
): { readonly separator: string; readonly width: number; readonly share: number } {
  const record = createRecord()
  let width = 0
  let records = 0
  let equal = 0
  for (let at = 0; at < head.length && records < mostRecords;) {
    const next = scanRecord(head, at, marks, record)
    if (next < 0) break
    const isBlank = record.count === 1 && record.starts[0] === record.ends[0]
    at = next
    if (isBlank) continue
    if (records === 0) width = record.count
    if (record.count === width && record.fault === 'none') equal++
    records++
  }
  return { separator, width, share: records === 0 ? 0 : equal / records }
}
