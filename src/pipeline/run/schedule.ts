/** Which stage may start next. Pure: it is told what has ended and says what can begin. */

import type { Upstream } from '../stages/graph.ts'
import type { Stage } from '../stages/stage.ts'

/** How a stage of a schedule ended. */
export type End = 'done' | 'failed'

/** Stages that wait for their turn. */
export interface Schedule {
  /** The stages that can begin now, in order; they count as running from here on. */
  next(): readonly Stage[]
  /** A running stage has ended. @returns the stages that cannot run any more, because they need one that failed */
  end(stage: Stage, how: End): readonly Stage[]
  /** No stage begins any more. */
  stop(): void
  /** Whether nothing runs and nothing can begin. */
  readonly isOver: boolean
  /** Stages that have neither run nor been given up. */
  readonly waiting: readonly Stage[]
}

/**
 * Creates a schedule: a stage begins when all it reads from has ended well, there is room,
 * and no running stage shares a mutex with it. Among those that can, the earlier one goes first.
 * A frozen stage needs none of those it reads from, but what is recorded of it must not depend on who is
 * faster: the two take turns as if stages ran one by one.
 *
 * @param stages - in the order in which they would run one by one
 * @param jobs - how many run at the same time; a stage that takes more runs alone
 */
export function createSchedule(
  stages: readonly Stage[],
  upstream: Upstream,
  jobs: number,
): Schedule {
  const members = new Set(stages)
  const waiting = new Set(stages)
  const running = new Set<Stage>()
  const done = new Set<Stage>()
  const earlier = turnsOfFrozen(stages, upstream)
  let isStopped = false

  const canBegin = (stage: Stage): boolean => {
    const used = sum([...running].map((other) => other.settings.jobs))
    if (running.size > 0 && used + stage.settings.jobs > jobs) return false
    const isExcluded = [...running].some((other) =>
      other.settings.mutexes.some((name) => stage.settings.mutexes.includes(name)),
    )
    if (isExcluded) return false
    if (earlier.get(stage)?.some((other) => waiting.has(other) || running.has(other))) return false
    if (stage.isFrozen) return true
    return (upstream.get(stage) ?? []).every((parent) => !members.has(parent) || done.has(parent))
  }
  const giveUp = (failed: Stage): Stage[] => {
    const lost = new Set([failed])
    for (const stage of waiting) {
      const parents = stage.isFrozen ? [] : (upstream.get(stage) ?? [])
      if (parents.some((parent) => lost.has(parent))) lost.add(stage)
    }
    lost.delete(failed)
    for (const stage of lost) waiting.delete(stage)
    return [...lost]
  }
  return {
    next: () => {
      const begun: Stage[] = []
      if (isStopped) return begun
      for (const stage of waiting) {
        if (!canBegin(stage)) continue
        waiting.delete(stage)
        running.add(stage)
        begun.push(stage)
      }
      return begun
    },
    end: (stage, how) => {
      running.delete(stage)
      if (how === 'done') done.add(stage)
      return how === 'failed' ? giveUp(stage) : []
    },
    stop: () => {
      isStopped = true
    },
    get isOver() {
      return running.size === 0 && (isStopped || waiting.size === 0)
    },
    get waiting() {
      return [...waiting]
    },
  }
}

/** For each stage, those that have to end before it, well or not, because one of the two is frozen and reads from the other. */
function turnsOfFrozen(stages: readonly Stage[], upstream: Upstream): ReadonlyMap<Stage, Stage[]> {
  const place = new Map(stages.map((stage, i) => [stage, i]))
  const earlier = new Map<Stage, Stage[]>()
  for (const reader of stages.filter(({ isFrozen }) => isFrozen)) {
    for (const maker of upstream.get(reader) ?? []) {
      const at = place.get(maker)
      if (at === undefined) continue
      const [first, second] = at < place.get(reader)! ? [maker, reader] : [reader, maker]
      earlier.set(second, [...(earlier.get(second) ?? []), first])
    }
  }
  return earlier
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
