/** Which of the models behind a server answers a request, and when the one on trial has to go. */

import type { FastifyRequest } from 'fastify'
import { isObject } from '../../core/json.ts'
import type { ChosenModel } from '../model-source.ts'
import { createArmWindow } from './arm-window.ts'
import { isInShare } from './canary-share.ts'
import {
  defaultCanaryLimits,
  extendStreak,
  judgeCanary,
  noFaults,
  type CanaryLimits,
} from './judge-canary.ts'
import type { ModelSlots } from './model-slots.ts'
import type { RolloutMetrics } from './rollout-metrics.ts'

/** How a model is tried on a share of the requests. */
export interface CanaryOptions {
  /** Of the requests, 0–1. */
  readonly share: number
  /** How much worse than the champion it may be. */
  readonly limits?: Partial<CanaryLimits>
  /** Milliseconds between judgements. */
  readonly judgeEveryMs?: number
  /** Milliseconds for which a scoring counts. */
  readonly windowMs?: number
}

export const defaultCanary = { share: 0.1, judgeEveryMs: 1000, windowMs: 60_000 } as const

/** The header that says whose request it is: equal ones are answered by the same model. */
export const routingHeader = 'x-routing-key'

/** Scorings of each model that are kept to judge by. */
const windowRequests = 1000

/**
 * Chooses the champion, or for a share of the requests the canary, always for the same ones: by the request's
 * `x-routing-key`, else by its id. A canary that is worse than its limits allow is taken away.
 *
 * @param options.now - milliseconds that never go back
 */
export function createArmRouter(
  slots: ModelSlots,
  options: {
    readonly canary: Partial<CanaryOptions>
    readonly metrics: RolloutMetrics
    readonly now?: () => number
  },
): (request?: FastifyRequest) => ChosenModel {
  const { share = defaultCanary.share } = options.canary
  let arms = watchArms(slots, options)
  slots.listen((event) => {
    const isTrial = event.kind === 'emptied' || event.kind === 'swapped'
    if (event.kind === 'rolled-back' || (isTrial && event.arm !== 'shadow')) {
      arms = watchArms(slots, options)
    }
  })
  return (request) => {
    const { champion, canary } = arms
    if (canary === undefined || request === undefined) return champion
    const { version, digest } = canary.model.identity
    const asked = versionAsked(request)
    if (asked !== undefined) return asked === version ? canary : champion
    return isInShare(keyOf(request), { salt: digest, share }) ? canary : champion
  }
}

interface Arms {
  readonly champion: ChosenModel
  readonly canary?: ChosenModel
}

/** Watched only while there is something to compare. */
function watchArms(slots: ModelSlots, options: Parameters<typeof createArmRouter>[1]): Arms {
  const champion: ChosenModel = { model: slots.champion(), arm: 'champion' }
  const model = slots.get('canary')
  if (model === undefined) return { champion }
  const canary: ChosenModel = { model, arm: 'canary' }
  const { metrics, now = () => performance.now() } = options
  const { windowMs = defaultCanary.windowMs } = options.canary
  const limits = { requests: windowRequests, ms: windowMs }
  const windows = { champion: createArmWindow(limits), canary: createArmWindow(limits) }
  const judge = createJudge(slots, { ...options.canary, windows })
  const watch = (arm: 'champion' | 'canary', { model: watched }: ChosenModel): ChosenModel => ({
    arm,
    model: {
      ...watched,
      score: (rows) => {
        const startedAt = now()
        try {
          const scores = watched.score(rows)
          const durationMs = (now() - startedAt) / rows.rows
          windows[arm].add(startedAt, { isError: false, durationMs })
          metrics.countArm(arm, 'ok')
          return scores
        } catch (error) {
          windows[arm].add(startedAt, { isError: true, durationMs: 0 })
          metrics.countArm(arm, 'error')
          throw error
        } finally {
          judge(startedAt)
        }
      },
    },
  })
  return { champion: watch('champion', champion), canary: watch('canary', canary) }
}

/** Judges at most so often, and takes the canary away when the same fault was found often enough. */
function createJudge(
  slots: ModelSlots,
  {
    windows,
    judgeEveryMs = defaultCanary.judgeEveryMs,
    limits: told,
  }: Partial<CanaryOptions> & {
    readonly windows: Readonly<Record<'champion' | 'canary', ReturnType<typeof createArmWindow>>>
  },
): (at: number) => void {
  const limits = { ...defaultCanaryLimits, ...told }
  const canary = slots.get('canary')
  let streak = noFaults
  let judgedAt = -Infinity
  return (at) => {
    // Requests under way outlive the canary that they began with.
    if (at - judgedAt < judgeEveryMs || slots.get('canary') !== canary) return
    judgedAt = at
    const fault = judgeCanary(windows.champion.count(at), windows.canary.count(at), limits)
    streak = extendStreak(streak, fault)
    if (fault !== undefined && streak.count >= limits.confirmations) slots.empty('canary', fault)
  }
}

/** Long keys count by their beginning. */
function keyOf(request: FastifyRequest): string {
  const key = request.headers[routingHeader]
  return typeof key === 'string' && key !== '' ? key.slice(0, 200) : request.id
}

/** The Open Inference Protocol may name a version in the path. */
function versionAsked({ params }: FastifyRequest): string | undefined {
  const version = isObject(params) ? params['version'] : undefined
  return typeof version === 'string' ? version : undefined
}
