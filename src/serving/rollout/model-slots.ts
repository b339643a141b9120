/** The models behind a server, which change while it answers. */

import { ToolkitError } from '../../core/errors.ts'
import type { Predictor } from '../../core/predictor.ts'
import type { ScoringArm } from '../../core/scored-rows.ts'
import { createServedModel, type ServedModel } from '../served-model.ts'
import { warmUp } from '../warm-up.ts'
import type { RolloutEvent, TrialArm } from './rollout-event.ts'
import { describeIncompatibility } from './signature.ts'

/** A model ready to be served. */
export interface OpenedModel {
  readonly predictor: Predictor
  /** In the registry; left out for a model that comes from elsewhere. */
  readonly modelVersion?: string | undefined
  /**
   * When that version was registered, milliseconds since 1970: tells it from the version of the same number of a registry
   * that was made anew. Left out, versions are told by their numbers alone.
   */
  readonly registeredAt?: number | undefined
}

/**
 * The model that answers (`champion`), one that answers a share (`canary`), and one that scores the same requests
 * unseen (`shadow`). A request keeps the model that it began with, so that changing them disturbs none.
 */
export interface ModelSlots {
  /** The champion, always there. */
  champion(): ServedModel
  /** The model of an arm; `undefined` when it has none. */
  get(arm: ScoringArm): ServedModel | undefined
  /**
   * Puts a model in its place once it has scored its own example; requests that come from then on get it.
   *
   * @throws {ToolkitError} `MODEL_INCOMPATIBLE` when it would refuse requests that the champion takes; what the
   *   model throws. The model that was there stays.
   */
  put(arm: ScoringArm, opened: OpenedModel): void
  /** Takes a model on trial away; nothing when there is none. */
  empty(
    arm: TrialArm,
    event: { readonly reason: string; readonly cause?: 'errors' | 'latency' },
  ): void
  /** Tells the listeners what others found. */
  tell(event: RolloutEvent): void
  /** Called with every event, at once. It must not throw. */
  listen(listener: (event: RolloutEvent) => void): void
}

export interface SlotOptions {
  /** Let champions take the place of others whose clients they would refuse; such models on trial are refused all the same. */
  readonly allowsSignatureChange?: boolean
}

interface Slot {
  readonly predictor: Predictor
  readonly model: ServedModel
}

/**
 * Creates the slots of a server with its first champion, which may prove unable to score later: then the server
 * starts, and reports itself not ready.
 */
export function createModelSlots(champion: OpenedModel, options: SlotOptions = {}): ModelSlots {
  const slots = new Map<ScoringArm, Slot>([['champion', openSlot(champion)]])
  const listeners: ((event: RolloutEvent) => void)[] = []
  const tell = (event: RolloutEvent): void => {
    for (const listener of listeners) listener(event)
  }
  const empty: ModelSlots['empty'] = (arm, { reason, cause }) => {
    const taken = slots.get(arm)?.model
    if (taken === undefined) return
    const { identity: model, registeredAt } = taken
    slots.delete(arm)
    tell(
      cause === undefined
        ? { kind: 'emptied', arm, model, registeredAt, reason }
        : { kind: 'rolled-back', model, registeredAt, cause, reason },
    )
  }
  const put: ModelSlots['put'] = (arm, opened) => {
    const slot = openSlot(opened)
    try {
      warmUp(slot.model)
      const isFree = arm === 'champion' && options.allowsSignatureChange === true
      if (!isFree) checkCompatible(slots.get('champion')!.predictor, opened.predictor)
    } catch (error) {
      tell({ kind: 'refused', arm, version: opened.modelVersion, error })
      throw error
    }
    const before = slots.get(arm)?.model.identity
    slots.set(arm, slot)
    tell({ kind: 'swapped', arm, model: slot.model.identity, before })
    if (arm !== 'champion') return
    for (const trial of ['canary', 'shadow'] as const) {
      const kept = slots.get(trial)?.predictor
      if (kept === undefined) continue
      const [reason] = describeIncompatibility(opened.predictor, kept)
      if (reason !== undefined) empty(trial, { reason: `beside the new champion ${reason}` })
    }
  }
  return {
    champion: () => slots.get('champion')!.model,
    get: (arm) => slots.get(arm)?.model,
    put,
    empty,
    tell,
    listen: (listener) => void listeners.push(listener),
  }
}

function openSlot({ predictor, modelVersion, registeredAt }: OpenedModel): Slot {
  return { predictor, model: { ...createServedModel(predictor, modelVersion), registeredAt } }
}

function checkCompatible(champion: Predictor, predictor: Predictor): void {
  const reasons = describeIncompatibility(champion, predictor)
  if (reasons.length === 0) return
  const more = reasons.length > 5 ? ` and ${reasons.length - 5} more` : ''
  throw new ToolkitError(
    'MODEL_INCOMPATIBLE',
    `clients of the champion would notice: ${reasons.slice(0, 5).join('; ')}${more}`,
    { hint: "serve it under a name of its own, or start with '--allow-signature-change'" },
  )
}
