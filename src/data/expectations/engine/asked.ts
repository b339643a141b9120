import type { Question } from '../expectation-type.ts'
import type { RowSource } from './row-source.ts'

/** A question about some rows of a table. */
export interface Asked {
  readonly question: Question
  readonly source: RowSource
  /** Names of the columns the question is about, for lists of rows. */
  readonly domain: readonly string[]
  readonly warnings: readonly string[]
}
