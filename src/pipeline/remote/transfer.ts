/** What push, fetch and comparing with a remote have in common. */

import { ToolkitError } from '../../core/errors.ts'
import type { CacheHome } from '../cache/object-path.ts'
import type { TransferItem } from './wanted.ts'

/** How far a transfer is. */
export interface TransferProgress {
  readonly done: number
  readonly total: number
  /** Sum of what has been transferred. */
  readonly sizeBytes: number
  /** What was just done. */
  readonly label: string
}

/** How to transfer. */
export interface TransferOptions {
  /** A `Repository` is one. */
  readonly cache: CacheHome
  readonly signal?: AbortSignal | undefined
  readonly report?: ((progress: TransferProgress) => void) | undefined
}

/** One object that was transferred. */
export interface Transferred {
  readonly md5: string
  readonly label: string
  readonly sizeBytes: number
}

/** What a transfer did; objects in the order of their hashes. */
export interface TransferResult {
  readonly transferred: readonly Transferred[]
  /** What could not be done, while everything else was. */
  readonly problems: readonly ToolkitError[]
}

/** What a transfer keeps account of while it runs. */
export interface Account {
  readonly done: Transferred[]
  readonly problems: ToolkitError[]
  readonly failed: Set<string>
  expect(count: number): void
  add(item: TransferItem, sizeBytes: number): void
  /** Keeps a failure of one object; throws one of the whole remote. */
  fail(item: TransferItem, error: unknown): void
}

/** Failures that concern one object only. */
const objectCodes = new Set([
  'CACHE_OBJECT_DAMAGED',
  'CACHE_OBJECT_MISSING',
  'FILE_READ_FAILED',
  'PATH_FORBIDDEN',
  'REMOTE_OBJECT_DAMAGED',
  'REMOTE_OBJECT_MISSING',
])

/** Creates an empty account. */
export function createAccount({ report }: Pick<TransferOptions, 'report'>): Account {
  let total = 0
  let sum = 0
  const account: Account = {
    done: [],
    problems: [],
    failed: new Set(),
    expect: (count) => {
      total += count
    },
    add: ({ md5, label }, sizeBytes) => {
      sum += sizeBytes
      account.done.push({ md5, label, sizeBytes })
      report?.({ done: account.done.length, total, sizeBytes: sum, label })
    },
    fail: (item, error) => {
      if (!(error instanceof ToolkitError) || !objectCodes.has(error.code)) throw error
      account.failed.add(item.key)
      account.problems.push(withLabel(error, item.label))
    },
  }
  return account
}

/** The result of an account. */
export function settleAccount({ done, problems }: Account): TransferResult {
  const transferred = done.toSorted((a, b) => (a.md5 < b.md5 ? -1 : 1))
  return { transferred, problems: problems.toSorted((a, b) => (a.message < b.message ? -1 : 1)) }
}

function withLabel(error: ToolkitError, label: string): ToolkitError {
  return new ToolkitError(error.code, `'${label}': ${error.message}`, {
    hint: error.hint,
    details: { ...error.details, label },
    cause: error.cause,
  })
}

/** An object that the cache does not have. */
export function missingInCache({ key, label }: TransferItem, place: string): ToolkitError {
  return new ToolkitError(
    'CACHE_OBJECT_MISSING',
    `'${label}': neither the cache nor ${place} has '${key}'`,
    { hint: 'run its stage again, or push it from a machine that has it', details: { key, label } },
  )
}

/** One error for everything that could not be done; `undefined` when there is nothing. */
export function summarizeProblems(problems: readonly ToolkitError[]): ToolkitError | undefined {
  const [first, ...others] = problems
  if (first === undefined || others.length === 0) return first
  const shown = problems.slice(0, mostShown).map(({ message }) => `\n  ${message}`)
  const rest = problems.length > mostShown ? `\n  and ${problems.length - mostShown} more` : ''
  return new ToolkitError(
    first.code,
    `${problems.length} objects failed:${shown.join('')}${rest}`,
    {
      hint: first.hint,
      details: { problems: problems.map(({ code, message }) => ({ code, message })) },
    },
  )
}

const mostShown = 10
