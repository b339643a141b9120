/** The models that `mlpt serve` serves, as their addresses name them now and later. */

import { formatError, ToolkitError } from '../../core/errors.ts'
import { currentUser } from '../../core/current-user-process.ts'
import type { ScoringArm } from '../../core/scored-rows.ts'
import type { Tracking } from '../../core/tracking.ts'
import type { MovingAddress } from '../../project/moving-address.ts'
import type { ServedModel } from '../../project/served-model.ts'
import type { AliasFollower, ModelSlots, RolloutEvent } from '../../serving/index.ts'
import { defaultFollowSeconds, type RolloutFlags } from '../flags/rollout-flags.ts'
import { fitText } from '../output/terminal-text.ts'
import { isServer, placeOf } from '../flags/tracker-flags.ts'

/** The models of a running server; disposed of, it follows nothing any more. */
export interface ServedRollout extends Disposable {
  readonly slots: ModelSlots
  /** What the server starts with. */
  readonly champion: ServedModel
}

interface RolloutPlace extends RolloutFlags {
  readonly store: string
}

/**
 * Opens the champion, and the models on trial that flags name; from then on they follow the aliases that their
 * addresses have. A model on trial whose alias is missing is waited for.
 *
 * @throws {ToolkitError} `MODEL_NOT_FOUND`, `MODEL_INVALID`, `MODEL_INCOMPATIBLE`, `CLI_USAGE`
 */
export async function openRollout(address: string, flags: RolloutPlace): Promise<ServedRollout> {
  checkFlags(flags)
  const { openServedModel } = await import('../../project/served-model.ts')
  const { createModelSlots } = await import('../../serving/index.ts')
  const champion = await openServedModel(address, () => openTracker(flags))
  const slots = createModelSlots(champion, {
    allowsSignatureChange: flags.allowSignatureChange === true,
  })
  await sayEvents(slots)
  const followers: AliasFollower[] = []
  const trials = { shadow: flags.shadow, canary: flags.canary }
  const first = await follow('champion', address, { slots, flags })
  if (first !== undefined) followers.push(first)
  for (const arm of ['shadow', 'canary'] as const) {
    const trial = trials[arm]
    if (trial === undefined) continue
    const follower = await follow(arm, trial, { slots, flags })
    if (follower === undefined)
      slots.put(arm, await openServedModel(trial, () => openTracker(flags)))
    else {
      followers.push(follower)
      await follower.lookNow()
    }
  }
  const stopLooking = lookOnSignal(followers)
  return {
    slots,
    champion,
    [Symbol.dispose]: () => {
      stopLooking()
      for (const follower of followers) follower[Symbol.dispose]()
    },
  }
}

function checkFlags({ canary, canaryShare }: RolloutFlags): void {
  if (canaryShare === undefined || canary !== undefined) return
  throw new ToolkitError('CLI_USAGE', `there is no canary for a share of ${canaryShare}`, {
    hint: 'name it: --canary models:/name@challenger',
  })
}

/** A server, or the store's folder. */
async function openTracker(flags: RolloutPlace): Promise<Tracking> {
  const { openTracking } = await import('../../tracking/client/open-tracking.ts')
  return openTracking(placeOf(flags), { environment: process.env, timeoutMs: 10_000 })
}

/** The same, for what must neither wait for a store nor make one. */
async function openTrackerGently(flags: RolloutPlace): Promise<Tracking> {
  const place = placeOf(flags)
  if (!isServer(place)) {
    const { probeStore } = await import('../../tracking/store/probe-store.ts')
    probeStore(place)
  }
  return openTracker(flags)
}

async function sayEvents(slots: ModelSlots): Promise<void> {
  const { describeRolloutEvent } = await import('../../serving/index.ts')
  slots.listen((event) => {
    process.stderr.write(`${fitText(describeRolloutEvent(event), Infinity)}\n`)
  })
}

/** `undefined` when the address always names the same model, or is not to be followed. */
async function follow(
  arm: ScoringArm,
  address: string,
  { slots, flags }: { readonly slots: ModelSlots; readonly flags: RolloutPlace },
): Promise<AliasFollower | undefined> {
  const { readMovingAddress } = await import('../../project/moving-address.ts')
  const { checkAddress, loadModelParts, openModelParts } =
    await import('../../project/served-model.ts')
  const { followAlias } = await import('../../serving/index.ts')
  if (address.startsWith('models:')) checkAddress(address)
  const moving = readMovingAddress(address)
  if (moving === undefined || flags.follow === false) return undefined
  const openGently = (): Promise<Tracking> => openTrackerGently(flags)
  if (arm === 'canary') releaseAlias(slots, moving, openGently)
  return followAlias({
    slots,
    arm,
    everyMs: (flags.follow ?? defaultFollowSeconds) * 1000,
    look: async () => {
      await using tracking = await openGently()
      const found = await moving.find(tracking)
      return found && { version: found.version, registeredAt: found.creationTimestamp }
    },
    open: async (version) => {
      const parts = await loadModelParts(`models:/${moving.name}/${version}`, openGently)
      // A file of its own, so that the thread loads no more than it needs.
      const { tryModel } = await import('../../serving/rollout/trial-process.ts')
      await tryModel(parts)
      return openModelParts(parts)
    },
  })
}

/** Takes the alias away from a canary that is rolled back, so that the other servers end its trial, too. */
function releaseAlias(
  slots: ModelSlots,
  { name, alias }: MovingAddress,
  openTracking: () => Promise<Tracking>,
): void {
  if (alias === undefined) return
  const release = async (taken: TakenCanary, from: string): Promise<void> => {
    try {
      await using tracking = await openTracking()
      const named = await tracking.findModelVersion(name, alias)
      if (named?.version !== from || named.creationTimestamp !== taken.registeredAt) return
      const reason = `canary rolled back: ${taken.reason}`
      const change = { from, reason, timestamp: Date.now(), userId: currentUser() }
      await tracking.deleteModelAlias(name, alias, change)
      // Whoever moved it after the look is not overruled.
      if ((await tracking.findModelVersion(name, alias)) !== undefined) return
      process.stderr.write(`canary: the alias '${alias}' is taken from version ${from}\n`)
    } catch (error) {
      process.stderr.write(`canary: the alias '${alias}' stays: ${formatError(error)}\n`)
    }
  }
  slots.listen((event) => {
    if (event.kind !== 'rolled-back' || event.model.version === null) return
    void release(event, event.model.version)
  })
}

type TakenCanary = Extract<RolloutEvent, { readonly kind: 'rolled-back' }>

/** SIGHUP looks at once; in a terminal it still ends the command that the terminal leaves behind. */
function lookOnSignal(followers: readonly AliasFollower[]): () => void {
  if (followers.length === 0 || process.stdin.isTTY) return () => undefined
  const look = (): void => {
    for (const follower of followers) void follower.lookNow()
  }
  process.on('SIGHUP', look)
  return () => void process.off('SIGHUP', look)
}
