/** What is allowed to be different, each by the heading that says why in docs/differences-from-dvc.md. */

import type { Answer } from './dvc-process.ts'
import type { Snapshot } from './snapshot.ts'
import { sortStages } from './snapshot.ts'
import type { Step } from './step.ts'

/** What one case has met. */
export interface Tolerance {
  /** Has to be told of every command that ran. */
  note(step: Step, theirs: Answer, ours: Answer): void
  /** Nothing more can be compared. */
  readonly isOver: boolean
  /** The last run failed, for both. */
  readonly hasFailed: boolean
  readonly hasSameStatus: boolean
  areSameRuns(theirs: readonly string[], ours: readonly string[]): boolean
  /** Leaves out what need not be equal. */
  reduce(snapshot: Map<string, string>): Snapshot
  /** Gives ours what theirs may be without. */
  adjust(theirs: Snapshot, ours: Snapshot): Snapshot
  /** Whether a status is that of stages which run whatever happens. */
  runsEachTime(status: unknown): boolean
}

/** Creates it for a case that begins. */
export function createTolerance(): Tolerance {
  let step: Step | undefined
  let isOver = false
  let hasFailed = false
  let hasEverFailed = false
  let isOrderFree = false
  let isCacheDamaged = false
  return {
    note: (next, theirs) => {
      step = next
      const args = next.command?.args ?? []
      const isRun = args[0] === 'repro'
      isCacheDamaged ||= /\.dvc\/cache/.test(next.script) || args[0] === 'gc'
      if (isRun && args.some((arg) => !arg.startsWith('-') && arg !== 'repro')) isOrderFree = true
      hasFailed = isRun && !theirs.isDone
      hasEverFailed ||= hasFailed
      if (hasFailed) isOrderFree = true
      isOver = !isRun && !theirs.isDone && ['checkout', 'pull'].includes(args[0] ?? '')
    },
    get isOver() {
      return isOver
    },
    get hasFailed() {
      return hasFailed
    },
    get hasSameStatus() {
      return !hasFailed && !isOver
    },
    areSameRuns: (theirs, ours) => {
      if (hasFailed) return true
      if (isCacheDamaged) return ours.every((name) => theirs.includes(name))
      const isInOrder = step?.command?.jobs === 1 && !isOrderFree
      const [their, our] = [theirs, ours].map((names) => (isInOrder ? names : [...names].sort()))
      return their!.join('\n') === our!.join('\n')
    },
    reduce: (snapshot) => {
      if (hasFailed || isOver) return new Map()
      if (isOrderFree) {
        for (const [path, text] of snapshot) {
          if (path.endsWith('dvc.lock')) snapshot.set(path, sortStages(text))
        }
      }
      return snapshot
    },
    adjust: (theirs, ours) => {
      if (!hasEverFailed) return ours
      return new Map(
        Array.from(ours, ([path, text]) => {
          if (!path.endsWith('.gitignore')) return [path, text]
          const lines = text.split('\n')
          const their = theirs.get(path) ?? ''
          return [path, their.split('\n').every((line) => lines.includes(line)) ? their : text]
        }),
      )
    },
    runsEachTime: (status) => JSON.stringify(status).includes('always changed'),
  }
}
