/** What is allowed to be different, each by the heading that says why in docs/differences-from-dvc.md. */

import type { Answer } from './dvc-process.ts'
import { readMeaning, sortStages, type Snapshot } from './snapshot.ts'
import type { Step } from './step.ts'

/** What one case has met. */
export interface Tolerance {
  /** Has to be told of every command that ran. */
  note(step: Step, theirs: Answer, ours: Answer): void
  /** Whether one tool may do what the other one refuses. */
  isVerdictFree(step: Step, theirs: Answer, ours: Answer): boolean
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
  let mayRestore = false
  return {
    note: (next, theirs, ours) => {
      step = next
      const args = next.command?.args ?? []
      const isRun = args[0] === 'repro'
      mayRestore ||= isSpoiled(next)
      // "The order of stages when a part of them runs"
      if (isRun && !args.includes('-P')) isOrderFree = true
      hasFailed = isRun && !theirs.isDone && !ours.isDone
      hasEverFailed ||= hasFailed
      if (hasFailed) isOrderFree = true
      isOver = !isRun && (!theirs.isDone || !ours.isDone)
    },
    isVerdictFree: (next, theirs, ours) => {
      const verb = next.command?.args[0] ?? ''
      // "Outputs that no run has made yet are not missing"
      const isNeverMade = /No file hash info found/.test(theirs.errors)
      return ['checkout', 'pull'].includes(verb) && isNeverMade && ours.isDone
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
      // "Lost outputs and objects do not make a stage run"
      if (mayRestore) return ours.every((name) => theirs.includes(name))
      const isInOrder = step?.command?.jobs === 1 && !isOrderFree
      const [their, our] = [theirs, ours].map((names) => (isInOrder ? names : [...names].sort()))
      return their!.join('\n') === our!.join('\n')
    },
    reduce: (snapshot) => {
      if (hasFailed || isOver) return new Map()
      if (!isOrderFree) return snapshot
      for (const [path, text] of snapshot) {
        if (path.endsWith('dvc.lock')) snapshot.set(path, sortStages(text))
        if (path.endsWith('.gitignore')) snapshot.set(path, text.split('\n').sort().join('\n'))
      }
      return snapshot
    },
    adjust: (theirs, ours) =>
      new Map(
        Array.from(ours, ([path, text]) => {
          const their = theirs.get(path) ?? ''
          return [path, mayStand(path, text, { their, hasEverFailed }) ? their : text] as const
        }).filter(([path, text]) => text !== '' || theirs.has(path)),
      ),
    runsEachTime: (status) => JSON.stringify(status).includes('always changed'),
  }
}

/** Whether a step may leave dvc with something to do that we find in the cache, or the reverse. */
function isSpoiled({ script, command }: Step): boolean {
  return script.includes('rm ') || command?.args[0] === 'gc'
}

interface Other {
  readonly their: string
  readonly hasEverFailed: boolean
}

function mayStand(path: string, text: string, { their, hasEverFailed }: Other): boolean {
  if (path.endsWith('.gitignore')) {
    const [theirs, ours] = [their, text].map((lines) => new Set(lines.split('\n')))
    // "A failing stage leaves the other stages' lines in .gitignore"
    const areMoreRight = hasEverFailed || ours!.isSubsetOf(theirs!)
    // "Lines in .gitignore go together with their outputs"
    return areMoreRight && [...theirs!.difference(ours!)].every((line) => line.includes('\\'))
  }
  // "What a person wrote in dvc.yaml stays as it was written"
  const isPipeline = path.endsWith('dvc.yaml') && their !== '' && their !== text
  return isPipeline && readMeaning(text) === readMeaning(their)
}
