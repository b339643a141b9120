/**
 * What one type of expectation is: its name, its arguments, and the question
 * it asks of the table. A type neither runs SQL nor renders anything.
 */

import { ToolkitError } from '../../core/errors.ts'
import type { Cell } from '../duckdb-store.ts'
import type { Table } from '../table/column.ts'
import { findKwargProblems, type KwargProblem, type KwargSchema, type KwargsOf } from './kwargs.ts'
import type { Outcome, SampleForm } from './outcome.ts'

/** What must be known of the table to judge an expectation. */
export type Question =
  | ShapeQuestion
  | AggregateQuestion
  | RowQuestion
  | QueryQuestion
  | StagedQuestion

/** Answered by the names and types of the columns alone. */
export interface ShapeQuestion {
  readonly kind: 'shape'
  readonly outcome: Outcome
}

/** Answered by aggregates over all rows. */
export interface AggregateQuestion {
  readonly kind: 'aggregate'
  /** SQL aggregates over the table's columns. */
  readonly aggregates: readonly string[]
  /** Takes one cell for each aggregate, in order. */
  readonly judge: (cells: readonly Cell[]) => Outcome
  readonly warnings?: readonly string[]
}

/** Answered by a statement of its own, where aggregates of one scan do not say enough. */
export interface QueryQuestion {
  readonly kind: 'query'
  /** @param relation - what stands after FROM: the rows that the expectation is about */
  readonly select: (relation: string) => string
  readonly judge: (rows: readonly Readonly<Record<string, Cell>>[]) => Outcome
  readonly warnings?: readonly string[]
}

/** A question that can be put only when numbers of the whole table are known, such as its mean. */
export interface StagedQuestion {
  readonly kind: 'staged'
  /** SQL aggregates over the table's columns. */
  readonly aggregates: readonly string[]
  /** Takes one cell for each aggregate, in order. @throws {ToolkitError} as `ask` does */
  readonly next: (cells: readonly Cell[]) => Question
  readonly warnings?: readonly string[]
}

/** Answered row by row: some rows are left out, some of the others are unexpected. */
export interface RowQuestion {
  readonly kind: 'rows'
  /** SQL condition for rows left out because a value is missing; `undefined` leaves none out. */
  readonly ignored: string | undefined
  /** SQL value, where `ignored` says just that it is missing: a count of it takes less than one with a condition. */
  readonly needed?: string | undefined
  readonly unexpected:
    | { readonly kind: 'where'; readonly condition: string }
    /** All copies of a combination that occurs more than once; missing parts equal each other. */
    | { readonly kind: 'repeated'; readonly values: readonly string[] }
    /** Held against the row before, of those not left out; the first row is never unexpected. */
    | {
        readonly kind: 'succession'
        readonly value: string
        /** SQL condition on the SQL of two values. */
        readonly breaks: (previous: string, current: string) => string
      }
    /** What SQL cannot tell: each distinct value is judged once, outside of the database. */
    | {
        readonly kind: 'judged'
        /** SQL text of the value. */
        readonly value: string
        /** @throws {ToolkitError} when the whole expectation cannot be answered because of this value */
        readonly isExpected: (value: string) => boolean
      }
  /** Share of the rows not left out that must hold. */
  readonly mostly: number
  /** SQL values that show an unexpected row. */
  readonly shown: readonly string[]
  readonly form: SampleForm
  /** Whether the result counts missing values; not so for the expectation about missing values itself. */
  readonly hasMissing: boolean
  readonly warnings?: readonly string[]
}

type RawKwargs = Readonly<Record<string, unknown>>

export interface ExpectationType<
  Name extends string = string,
  Schema extends KwargSchema = KwargSchema,
> {
  /** GX's name, such as 'expect_column_values_to_be_unique'. */
  readonly name: Name
  readonly kwargs: Schema
  /** All that is wrong with arguments, each alone and together. */
  readonly findProblems: (kwargs: RawKwargs) => readonly KwargProblem[]
  /** @throws {ToolkitError} when the question cannot be asked of this table, or the arguments have problems. */
  readonly ask: (kwargs: RawKwargs, table: Table) => Question
}

/** Gives a type its typed arguments: `ask` and `findProblems` see them only once they fit the schema. */
export function defineExpectation<
  const Name extends string,
  const S extends KwargSchema,
>(definition: {
  readonly name: Name
  readonly kwargs: S
  /** Problems of arguments that are each right alone, such as a minimum above the maximum. */
  readonly findProblems?: (kwargs: KwargsOf<S>) => readonly string[]
  readonly ask: (kwargs: KwargsOf<S>, table: Table) => Question
}): ExpectationType<Name, S> {
  const { name, kwargs: schema } = definition
  const findProblems = (kwargs: RawKwargs): readonly KwargProblem[] => {
    const problems = findKwargProblems(kwargs, schema)
    if (problems.length > 0) return problems
    const together = definition.findProblems?.(typed(kwargs)) ?? []
    return together.map((message) => ({ message }))
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what findKwargProblems finds nothing wrong with has the schema's types
  const typed = (kwargs: RawKwargs): KwargsOf<S> => dropNulls(kwargs) as KwargsOf<S>
  return {
    name,
    kwargs: schema,
    findProblems,
    ask: (kwargs, table) => {
      const problems = findProblems(kwargs)
      if (problems.length === 0) return definition.ask(typed(kwargs), table)
      const messages = problems.map((problem) => problem.message)
      throw new ToolkitError('SUITE_INVALID', `${name} ${messages.join('; ')}`)
    },
  }
}

function dropNulls(kwargs: RawKwargs): RawKwargs {
  return Object.fromEntries(Object.entries(kwargs).filter(([, value]) => value !== null))
}
