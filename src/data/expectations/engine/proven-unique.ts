/** What is known to be unique need not be counted again together with other columns. */

import type { RowQuestion } from '../expectation-type.ts'
import type { Asked } from './asked.ts'
import type { Cells } from './aggregate-query.ts'

/** SQL values that occur at most once in the rows of one condition, a missing one included. */
export type ProvenUnique = Map<string | undefined, Set<string>>

/** Whether the question about several values can wait for another about one of them alone. */
export function canWait(asked: Asked, all: readonly Asked[]): boolean {
  const values = repeatedValues(asked)
  if (values.length < 2) return false
  return all.some((other) => {
    const [single, ...more] = repeatedValues(other)
    return (
      single !== undefined &&
      more.length === 0 &&
      other.source.condition === asked.source.condition &&
      values.includes(single)
    )
  })
}

/** Remembers a single value that turned out to be unique. */
export function noteUnique(proven: ProvenUnique, asked: Asked, cells: Cells): void {
  const [single, ...more] = repeatedValues(asked)
  if (single === undefined || more.length > 0 || 'error' in cells) return
  const [rows = 0, kept = 0, copies = 1] = cells.map(Number)
  if (copies !== 0 || rows - kept > 1) return
  const { condition } = asked.source
  const known = proven.get(condition) ?? new Set()
  proven.set(condition, known.add(single))
}

/** A combination with a unique part is unique: nothing is left to find. */
export function skipProven<T extends Asked>(proven: ProvenUnique, asked: T): T {
  const { question, source } = asked
  const isProven = repeatedValues(asked).some((value) => proven.get(source.condition)?.has(value))
  if (!isProven || question.kind !== 'rows') return asked
  const known: RowQuestion = { ...question, unexpected: { kind: 'where', condition: 'FALSE' } }
  return { ...asked, question: known }
}

function repeatedValues({ question }: Asked): readonly string[] {
  if (question.kind !== 'rows' || question.unexpected.kind !== 'repeated') return []
  return question.unexpected.values
}
