import {
  planEvaluations,
  type TrialEvaluation,
  type TrialOutcome,
  type StudySettings,
} from '../../training/tune/study.ts'

/** How a study is worked off. */
export interface StudyRun<O extends TrialOutcome> {
  /** Evaluations at the same time, at most. */
  readonly jobs: number
  /** What has been evaluated before. */
  readonly known: readonly O[]
  readonly evaluate: (evaluation: TrialEvaluation) => Promise<O>
}

/**
 * Evaluates all that a study asks for and has no outcome yet.
 *
 * @returns all outcomes
 * @throws what `evaluate` throws first, when all that was under way has ended
 */
export async function runStudy<O extends TrialOutcome>(
  settings: StudySettings,
  { jobs, known, evaluate }: StudyRun<O>,
): Promise<readonly O[]> {
  const outcomes = [...known]
  const running = new Map<string, Promise<{ readonly key: string; readonly outcome: O }>>()
  for (;;) {
    for (const evaluation of planEvaluations(settings, outcomes)) {
      if (running.size >= jobs) break
      const key = `${evaluation.trial} ${evaluation.rung}`
      if (running.has(key)) continue
      running.set(
        key,
        evaluate(evaluation).then((outcome) => ({ key, outcome })),
      )
    }
    if (running.size === 0) return outcomes
    try {
      const { key, outcome } = await Promise.race(running.values())
      running.delete(key)
      outcomes.push(outcome)
    } catch (error) {
      await Promise.allSettled(running.values())
      throw error
    }
  }
}
