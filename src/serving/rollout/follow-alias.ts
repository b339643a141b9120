/** Keeps a model as an alias of the registry names it. */

import { ToolkitError } from '../../core/errors.ts'
import type { ScoringArm } from '../../core/scored-rows.ts'
import type { ModelSlots, OpenedModel } from './model-slots.ts'

/** A watch over one alias, until it is disposed. */
export interface AliasFollower extends Disposable {
  /** Looks at once, beside the regular looks; settled when what it found is done. Never rejects. */
  lookNow(): Promise<void>
}

export interface FollowOptions {
  readonly slots: ModelSlots
  readonly arm: ScoringArm
  /** Milliseconds between looks; up to {@link longestBackOff} times as long while the registry does not answer. */
  readonly everyMs: number
  /** The version that the alias names; `undefined` for none. */
  readonly look: () => Promise<string | undefined>
  readonly open: (version: string) => Promise<OpenedModel>
}

/** So many times longer than usual is waited at most for a registry that does not answer. */
export const longestBackOff = 32

/**
 * An alias that has named the champion for so many looks is no candidate when the champion goes back. Fewer say
 * nothing: of two aliases that change places, one may be seen first.
 */
const settledLooks = 3

/**
 * Looks at an alias now and again, and lets the version that it names take its place. The server never depends on it:
 * while the registry does not answer the model stays, and so it does when the alias is gone (one on trial goes). A
 * version that is refused, or was taken back, is not tried again until the alias has moved.
 */
export function followAlias(options: FollowOptions): AliasFollower {
  const { slots, arm, everyMs } = options
  let passed: string | undefined // A version that is not to be tried again.
  let failures = 0
  let told: string | undefined // Why the registry does not answer.
  let isMissing = false
  let looksAtChampion = 0
  let timer: NodeJS.Timeout | undefined
  let isOver = false
  slots.listen((event) => {
    const isTaken = event.kind === 'emptied' && event.arm === arm
    if (isTaken || (event.kind === 'rolled-back' && arm === 'canary')) {
      passed = event.model.version ?? undefined
    }
  })
  const look = async (): Promise<void> => {
    clearTimeout(timer)
    try {
      await take(await options.look())
      if (failures > 0) slots.tell({ kind: 'registry-back', arm })
      failures = 0
      told = undefined
    } catch (error) {
      // A registry that is taken away under a look has another reason at the next one.
      const reason = error instanceof Error ? error.message : String(error)
      if (reason !== told) slots.tell({ kind: 'registry-away', arm, error })
      told = reason
      failures++
    }
    if (isOver) return
    const wait = everyMs * Math.min(2 ** failures, longestBackOff)
    timer = setTimeout(() => void lookNow(), wait).unref()
  }
  const end = (reason: string): void => {
    if (arm !== 'champion') slots.empty(arm, { reason })
  }
  const take = async (version: string | undefined): Promise<void> => {
    if (version !== passed) passed = undefined
    const move = planMove(version, { passed, slots, arm })
    if (move.kind === 'leave') {
      end('the alias is gone')
      passed = undefined // Whoever gives it back means it.
      if (!isMissing) slots.tell({ kind: 'alias-missing', arm })
    }
    isMissing = move.kind === 'leave'
    if (move.kind === 'end-trial') end('its alias names the champion')
    looksAtChampion = move.kind === 'end-trial' ? looksAtChampion + 1 : 0
    if (looksAtChampion >= settledLooks) passed = version
    if (move.kind === 'try' && !(await tryOut(move.version, options))) passed = version
  }
  let last = Promise.resolve()
  const lookNow = (): Promise<void> => (last = last.then(look))
  timer = setTimeout(() => void lookNow(), everyMs).unref()
  return {
    lookNow,
    [Symbol.dispose]: () => {
      isOver = true
      clearTimeout(timer)
    },
  }
}

type Move =
  | { readonly kind: 'keep' | 'leave' | 'end-trial' }
  | { readonly kind: 'try'; readonly version: string }

/** What is to be done about the version that an alias names. */
function planMove(
  version: string | undefined,
  {
    passed,
    slots,
    arm,
  }: Pick<FollowOptions, 'slots' | 'arm'> & { readonly passed: string | undefined },
): Move {
  if (version === undefined) return { kind: 'leave' }
  if (version === passed) return { kind: 'keep' }
  // What has become champion is on trial no longer, and is not once more when the champion goes back.
  const isChampion = version === slots.champion().identity.version
  if (isChampion && arm !== 'champion') return { kind: 'end-trial' }
  if (version === slots.get(arm)?.identity.version) return { kind: 'keep' }
  return { kind: 'try', version }
}

/** Whether the version took its place. Throws what is no fault of the model. */
async function tryOut(version: string, { slots, arm, open }: FollowOptions): Promise<boolean> {
  let opened: OpenedModel
  try {
    opened = await open(version)
  } catch (error) {
    if (!isFaultOfModel(error)) throw error
    slots.tell({ kind: 'refused', arm, version, error })
    return false
  }
  try {
    slots.put(arm, opened)
    return true
  } catch {
    return false // The slots have said why.
  }
}

function isFaultOfModel(error: unknown): boolean {
  return error instanceof ToolkitError && error.code.startsWith('MODEL_')
}
