/** How a run decides about its stages, by what was asked of it. Pure. */

import { decideWithoutData, type RecordOf } from './allow-missing.ts'
import { decideStage, type Decision, type StageState } from './plan.ts'
import type { Upstream } from '../stages/graph.ts'
import type { Stage } from '../stages/stage.ts'

/** Decides about one stage. */
export type Decide = (stage: Stage, state: StageState) => Decision

/** What of a run changes its decisions. */
export interface DecisionOptions {
  /** Leaves stages alone that are out of date only because data is missing. */
  readonly allowMissing?: boolean
  /** Runs also what reads from a stage that was out of date. */
  readonly forceDownstream?: boolean
  /** Does not look at what stages read from. */
  readonly singleItem?: boolean
  /** Keeps nothing in the cache. */
  readonly noCommit?: boolean
}

/** @param pipeline - what is read from whom, and what is recorded */
export function chooseDecision(
  { allowMissing = false, singleItem = false, noCommit = false }: DecisionOptions,
  { upstream, recordOf }: { readonly upstream: Upstream; readonly recordOf: RecordOf },
): Decide {
  const decide: Decide = allowMissing
    ? (stage, state) =>
        decideWithoutData(stage, state, { upstream: singleItem ? new Map() : upstream, recordOf })
    : decideStage
  if (!noCommit) return decide
  return (stage, state) => {
    const decision = decide(stage, state)
    // There is nothing else to do for it, and this is not wanted.
    const isOnlyUnsaved = decision.reasons.every(({ kind }) => kind === 'output-not-in-cache')
    return isOnlyUnsaved ? { action: 'skip', reasons: [] } : decision
  }
}
