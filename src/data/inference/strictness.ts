import type { JsonObject } from '../expectations/outcome.ts'
import type { Severity } from '../expectations/suite.ts'
import type { SuitePart } from './suite-parts.ts'

/** How far from the profiled table others may be. */
export const strictnesses = ['loose', 'normal', 'strict'] as const
/** 'loose', 'normal' or 'strict'. */
export type Strictness = (typeof strictnesses)[number]

/** What a strictness means in numbers. */
export interface Margins {
  /** So many times fewer or more rows. */
  readonly rows: number
  /** So many times as many missing values. */
  readonly missing: number
  /** Part of the range by which numbers may lie beyond it. */
  readonly range: number
  /** Factor by which texts may be shorter or longer. */
  readonly lengths: number
  readonly isOrdered: boolean
  /** Whether further columns are refused. */
  readonly isExact: boolean
  readonly hasKeys: boolean
}

export const marginsOf: Readonly<Record<Strictness, Margins>> = {
  loose: {
    rows: 10,
    missing: 3,
    range: 1,
    lengths: 4,
    isOrdered: false,
    isExact: false,
    hasKeys: false,
  },
  normal: {
    rows: 2,
    missing: 1.5,
    range: 0.1,
    lengths: 2,
    isOrdered: false,
    isExact: true,
    hasKeys: true,
  },
  strict: {
    rows: 1.1,
    missing: 1,
    range: 0,
    lengths: 1,
    isOrdered: true,
    isExact: true,
    hasKeys: true,
  },
}

/** An expectation about a column, before the column's name stands in it. */
export interface Drafted {
  readonly type: string
  readonly kwargs: JsonObject
  /** In words, with the numbers behind it. */
  readonly reason: string
  /** The part of the suite, where its type does not tell. */
  readonly part?: SuitePart
  /** 'critical' when absent. */
  readonly severity?: Severity
}

/** A column of at most so many different values is one of codes. */
export const mostCodes = 20

/** A value of a column of codes occurs at least so often, on average. */
export const leastRepeats = 5
