import { createRandom, type Random } from '../../core/random.ts'
import { planRungs, type HalvingSettings } from './halving-rungs.ts'
import { proposeValues } from './propose-values.ts'
import { drawValues, type SearchSpace, type TrialValues } from './search-space.ts'

/** The ways to choose the values of a trial. */
export const tuneMethods = ['random', 'tpe', 'halving'] as const
export type TuneMethod = (typeof tuneMethods)[number]

/** What decides which trials a study has. */
export interface StudySettings {
  readonly method: TuneMethod
  /** At least 1. */
  readonly trials: number
  readonly seed: number
  /**
   * So many trials may run at the same time with TPE: each is proposed from the outcomes of all
   * but the `parallel − 1` trials right before it, however many workers there are.
   */
  readonly parallel: number
  readonly space: SearchSpace
  /** With the method `halving`. */
  readonly halving?: HalvingSettings | undefined
}

/** One fit that a study asks for. */
export interface TrialEvaluation {
  /** From 0. */
  readonly trial: number
  /** From 0; always 0 but with halving. */
  readonly rung: number
  /** The space's parameters and, with halving, the resource. */
  readonly values: TrialValues
}

/** An evaluation that has ended. */
export interface TrialOutcome extends TrialEvaluation {
  /** Lower is better; Infinity when it failed. */
  readonly loss: number
}

/** Trials that TPE draws at random before it proposes any. */
const startupTrials = 10

/**
 * The evaluations that can be made now and have no outcome yet, in the order of their numbers;
 * none when the study is done or waits for those that are under way.
 *
 * What is in an evaluation depends on the settings and on its number alone: with the same
 * objective it is the same for any number of workers, in whatever order they end.
 *
 * @example
 * ```ts
 * import { planEvaluations } from 'ml-pipeline-toolkit'
 * const settings = {
 *   method: 'random',
 *   trials: 2,
 *   seed: 1,
 *   parallel: 1,
 *   space: { max_leaves: { kind: 'integer', min: 4, max: 64 } },
 * } as const
 * const [first, second] = planEvaluations(settings, [])
 * planEvaluations(settings, [{ ...first!, loss: 0.4 }])[0]?.trial === second?.trial // => true
 * ```
 */
export function planEvaluations(
  settings: StudySettings,
  outcomes: readonly TrialOutcome[],
): readonly TrialEvaluation[] {
  switch (settings.method) {
    case 'random':
      return planFirst(settings, outcomes)
    case 'tpe':
      return planProposed(settings, outcomes)
    case 'halving':
      return planHalving(settings, outcomes)
  }
}

/** Trials that have come as far as any, the best first; of equal ones the earlier. Failed ones are left out. */
export function rankOutcomes<O extends TrialOutcome>(outcomes: readonly O[]): readonly O[] {
  const last = new Map<number, O>()
  for (const outcome of outcomes) {
    const known = last.get(outcome.trial)
    if (known === undefined || known.rung < outcome.rung) last.set(outcome.trial, outcome)
  }
  return [...last.values()]
    .filter(({ loss }) => loss < Infinity)
    .sort((a, b) => b.rung - a.rung || a.loss - b.loss || a.trial - b.trial)
}

function randomOf({ seed }: StudySettings, trial: number): Random {
  return createRandom(seed).fork(`trial ${trial}`)
}

function planFirst(
  settings: StudySettings,
  outcomes: readonly TrialOutcome[],
): readonly TrialEvaluation[] {
  const ended = new Set(outcomes.filter(({ rung }) => rung === 0).map(({ trial }) => trial))
  return Array.from({ length: settings.trials }, (_, trial) => trial)
    .filter((trial) => !ended.has(trial))
    .map((trial) => ({
      trial,
      rung: 0,
      values: drawValues(settings.space, randomOf(settings, trial)),
    }))
}

function planProposed(
  settings: StudySettings,
  outcomes: readonly TrialOutcome[],
): readonly TrialEvaluation[] {
  const { trials, parallel, space } = settings
  const byNumber = new Map(outcomes.map((outcome) => [outcome.trial, outcome]))
  let known = 0
  while (byNumber.has(known)) known++
  // Trial n sees the trials up to n − parallel: they all have ended for n < known + parallel.
  const end = Math.min(trials, Math.max(startupTrials, known + parallel))
  const ready: TrialEvaluation[] = []
  for (let trial = 0; trial < end; trial++) {
    if (byNumber.has(trial)) continue
    const seen = trial < startupTrials ? 0 : Math.max(0, trial - parallel + 1)
    const past = Array.from({ length: seen }, (_, n) => byNumber.get(n)!)
    ready.push({ trial, rung: 0, values: proposeValues(space, past, randomOf(settings, trial)) })
  }
  return ready
}

function planHalving(
  settings: StudySettings,
  outcomes: readonly TrialOutcome[],
): readonly TrialEvaluation[] {
  const { halving, trials } = settings
  if (halving === undefined) return []
  let survivors: readonly TrialEvaluation[] = planFirst(settings, [])
  for (const [rung, { trials: places, resource }] of planRungs(trials, halving).entries()) {
    const evaluations = survivors.slice(0, places).map(({ trial, values }) => ({
      trial,
      rung,
      values: { ...values, [halving.resource]: resource },
    }))
    const ended = outcomes.filter((outcome) => outcome.rung === rung)
    const open = evaluations.filter(({ trial }) => !ended.some((other) => other.trial === trial))
    if (open.length > 0) return open
    survivors = rankOutcomes(ended)
  }
  return []
}
