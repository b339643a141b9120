/** Keeps a model as an alias of the registry names it. */

import { ToolkitError, messageOf } from '../../core/errors.ts'
import type { ScoringArm } from '../../core/scored-rows.ts'
import type { ServedModel } from '../served-model.ts'
import type { ModelSlots, OpenedModel } from './model-slots.ts'
import type { RolloutEvent } from './rollout-event.ts'

/** A version as a registry has it now. */
export interface NamedVersion {
  readonly version: string
  /** Milliseconds since 1970: tells it from the version of the same number of a registry that was made anew. */
  readonly registeredAt: number
}

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
  readonly look: () => Promise<NamedVersion | undefined>
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
  let passed: KnownVersion | undefined // What is not to be tried again.
  let failures = 0
  let told: string | undefined // Why the registry does not answer.
  let isMissing = false
  let looksAtChampion = 0
  let timer: NodeJS.Timeout | undefined
  let isOver = false
  slots.listen((event) => {
    passed = findTaken(event, arm) ?? passed
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
      const reason = messageOf(error)
      if (reason !== told) slots.tell({ kind: 'registry-away', arm, error })
      told = reason
      failures++
    }
    if (isOver) return
    const wait = everyMs * Math.min(2 ** failures, longestBackOff)
    timer = setTimeout(() => void lookNow(), wait).unref()
  }
  const take = async (named: NamedVersion | undefined): Promise<void> => {
    if (!isSame(named, passed)) passed = undefined
    const move = planMove(named, { passed, slots, arm })
    if (move.kind === 'leave') {
      endTrial(options, 'the alias is gone')
      passed = undefined // Whoever gives it back means it.
      if (!isMissing) slots.tell({ kind: 'alias-missing', arm })
    }
    isMissing = move.kind === 'leave'
    if (move.kind === 'end-trial') endTrial(options, 'its alias names the champion')
    looksAtChampion = move.kind === 'end-trial' ? looksAtChampion + 1 : 0
    if (looksAtChampion >= settledLooks) passed = named
    if (move.kind !== 'try') return
    if (!(await tryOut(move.named.version, options))) passed = move.named
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

/** The version of the arm that somebody has taken away. */
function findTaken(event: RolloutEvent, arm: ScoringArm): KnownVersion | undefined {
  const isTaken =
    (event.kind === 'emptied' && event.arm === arm) ||
    (event.kind === 'rolled-back' && arm === 'canary')
  return isTaken ? { version: event.model.version, registeredAt: event.registeredAt } : undefined
}

function endTrial({ slots, arm }: FollowOptions, reason: string): void {
  if (arm !== 'champion') slots.empty(arm, { reason })
}

type Move =
  | { readonly kind: 'keep' | 'leave' | 'end-trial' }
  | { readonly kind: 'try'; readonly named: NamedVersion }

/** What is to be done about the version that an alias names. */
function planMove(
  named: NamedVersion | undefined,
  {
    passed,
    slots,
    arm,
  }: Pick<FollowOptions, 'slots' | 'arm'> & { readonly passed: KnownVersion | undefined },
): Move {
  if (named === undefined) return { kind: 'leave' }
  if (isSame(named, passed)) return { kind: 'keep' }
  // What has become champion is on trial no longer, and is not once more when the champion goes back.
  if (arm !== 'champion' && hasVersion(slots.champion(), named)) return { kind: 'end-trial' }
  return hasVersion(slots.get(arm), named) ? { kind: 'keep' } : { kind: 'try', named }
}

/** A version of which it may not be known when it was registered. */
interface KnownVersion {
  readonly version: string | null
  readonly registeredAt: number | undefined
}

function hasVersion(served: ServedModel | undefined, named: NamedVersion): boolean {
  if (served === undefined) return false
  return isSame(named, { version: served.identity.version, registeredAt: served.registeredAt })
}

/** By its number, where it is not known when it was registered. */
function isSame(named: NamedVersion | undefined, known: KnownVersion | undefined): boolean {
  if (named?.version !== known?.version) return false
  return known?.registeredAt === undefined || known.registeredAt === named?.registeredAt
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
