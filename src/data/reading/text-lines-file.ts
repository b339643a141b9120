import { isBlankLine } from './scan-text-file.ts'
import type { TextMarks } from './text-records.ts'
import { eachRecord, type TextSource } from './text-stream-file.ts'

/**
 * Finds the 1-based lines on which rows begin, in one more pass over the file:
 * blank lines are no rows, and a quoted cell may go over several lines.
 *
 * @param options.rows - 0-based; the lines are given in this order
 */
export async function findLines(
  source: TextSource,
  marks: TextMarks,
  { hasHeader, rows }: { readonly hasHeader: boolean; readonly rows: readonly number[] },
): Promise<number[]> {
  const lines = new Map(rows.map((row) => [row, 0]))
  let row = hasHeader ? -1 : 0
  await eachRecord(source, marks, (_, record, line) => {
    if (isBlankLine(record)) return
    if (lines.has(row)) lines.set(row, line)
    row++
  })
  return rows.map((wanted) => lines.get(wanted)!)
}
