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
  /**
   * From where on data is no longer what has moved, but broken: critical from there on, and a warning before. Where it is absent,
   * whatever is not as the profiled table is critical.
   */
  readonly broken?: BrokenMargins
}

/** What drift does not do. Shares are from 0 to 1. */
export interface BrokenMargins {
  /** So many times the distance between the quantiles numbers may lie beyond them. */
  readonly range: number
  /** Share of the values that may lie there, or not look like the others. */
  readonly others: number
  /** Share of the values that may be new where there are codes. */
  readonly unseen: number
  /** Share by which more may be missing, at least. */
  readonly missing: number
}

/** The share that is as it was, for GX. */
export function mostlyOf(others: number): { readonly mostly: number } {
  return { mostly: roundDown(1 - others) }
}

/** To thousandths, since floats are not. */
export function roundDown(share: number): number {
  return Math.floor(share * 1000 + 1e-6) / 1000
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
    broken: { range: 3, others: 0.1, unseen: 0.5, missing: 0.4 },
  },
  normal: {
    rows: 2,
    missing: 1.5,
    range: 0.1,
    lengths: 2,
    isOrdered: false,
    isExact: true,
    hasKeys: true,
    broken: { range: 1, others: 0.05, unseen: 0.3, missing: 0.2 },
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
