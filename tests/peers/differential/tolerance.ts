/** What is allowed to be different, each by the heading that says why in docs/differences-from-dvc.md. */

import type { Answer } from './dvc-process.ts'
import { readMeaning, sortStages, type Snapshot } from './snapshot.ts'
import type { Command, CommandStep } from './step.ts'

/** The differences that a random case may meet: headings of docs/differences-from-dvc.md. */
export const tolerated = [
  'The order of stages',
  'A lost output comes back instead of its stage running',
  'Outputs that no run has made yet are not missing',
  'A command that is refused changes nothing',
  'A failed stage leaves its outputs as they were',
  'A failed stage lets those beside it end',
  'A push that lacks something fails',
  "A failed run leaves the other stages' lines in .gitignore",
  'Lines in .gitignore go together with their outputs',
  'dvc.yaml stays as a person wrote it',
  'A checkout leaves data alone that was removed from DVC',
  'What is no longer tracked keeps its executable bit',
] as const

/** What one case has met. */
export interface Tolerance {
  /** Has to be told of every command that ran. */
  note(step: CommandStep, theirs: Answer, ours: Answer): void
  /** Whether one tool may do what the other one refuses. */
  isVerdictFree(step: CommandStep, theirs: Answer, ours: Answer): boolean
  /** Nothing more can be compared. */
  readonly isOver: boolean
  /** The last run failed, for both. */
  readonly hasFailed: boolean
  areSameRuns(theirs: readonly string[], ours: readonly string[]): boolean
  /** Both without what need not be equal. */
  reduce(theirs: Snapshot, ours: Snapshot): readonly [Snapshot, Snapshot]
}

interface Known {
  mayRestore: boolean
  hasFailed: boolean
  hasEverFailed: boolean
  isOrderFree: boolean
  /** The last command was a whole run that went well: nothing is lost after it. */
  isWhole: boolean
  /** The last run failed while other stages ran beside it, or in an order that is not the other's. */
  hasParted: boolean
}

function noteRun(met: Known, { jobs, args: [verb, ...rest] }: Command, isDone: boolean): void {
  const isRun = verb === 'repro'
  const isAll = rest.includes('-P')
  met.isWhole = isRun && isDone && isAll
  // The run after a failure does what was left, which is not the same for both.
  met.hasParted &&= isRun && met.hasFailed
  met.hasFailed = isRun && !isDone
  met.hasParted ||= met.hasFailed && mayDoOthers(met, jobs)
  met.hasEverFailed ||= met.hasFailed
  met.isOrderFree ||= (isRun && !isAll) || met.hasFailed
}

/** Whether a run that stops at a failure may have done other stages before it than dvc. */
function mayDoOthers({ isOrderFree }: Known, jobs: number): boolean {
  return jobs !== 1 || isOrderFree
}

/** @param isOrderFree - whether dvc's order is that of its file system */
export function createTolerance({ isOrderFree }: { readonly isOrderFree: boolean }): Tolerance {
  const met: Known = {
    isOrderFree,
    hasFailed: false,
    hasEverFailed: false,
    mayRestore: false,
    isWhole: false,
    hasParted: false,
  }
  const removed = { isDone: false }
  let isOver = false
  let isInTurn = true
  /** What ran in runs that failed, until one goes well. */
  const begun: { theirs: string[]; ours: string[] } = { theirs: [], ours: [] }
  return {
    note: ({ script, command }, theirs, ours) => {
      const verb = command.args[0]!
      isInTurn = command.jobs === 1
      if (met.isWhole) met.mayRestore = false
      met.mayRestore ||= /rm |> /.test(script) || verb === 'gc'
      noteRun(met, command, theirs.isDone || ours.isDone)
      removed.isDone ||= ['remove', 'move'].includes(verb)
      // 'A command that is refused changes nothing'
      isOver =
        (verb !== 'repro' && (!theirs.isDone || !ours.isDone)) || isRestoredInstead(theirs, ours)
    },
    isVerdictFree: ({ command }, theirs, ours) => {
      const verb = command.args[0]!
      // 'A lost output comes back instead of its stage running'
      if (verb === 'repro') return met.mayRestore && isRestoredInstead(theirs, ours)
      // 'Outputs that no run has made yet are not missing'
      const isNeverMade = /No file hash info found/.test(theirs.errors)
      if (['checkout', 'pull'].includes(verb) && isNeverMade) return ours.isDone
      // 'A push that lacks something fails'
      return verb === 'push' && /cache files do not exist/.test(theirs.errors) && !ours.isDone
    },
    get isOver() {
      return isOver
    },
    get hasFailed() {
      return met.hasFailed
    },
    areSameRuns: (theirs, ours) => {
      // 'A failed stage leaves its outputs as they were'
      if (met.hasFailed) {
        begun.theirs.push(...theirs)
        begun.ours.push(...ours)
        return true
      }
      // 'A failed stage lets those beside it end': what one left to this run, the other had done before.
      const before = met.hasParted ? { ...begun } : { theirs: [], ours: [] }
      begun.theirs = []
      begun.ours = []
      const [their, our] = [before.theirs.concat(theirs), before.ours.concat(ours)]
      // 'A lost output comes back instead of its stage running'
      if (met.mayRestore) return our.every((name) => their.includes(name))
      if (met.hasParted) return isSameSet(without(theirs, before), without(ours, before))
      const isOrdered = isInTurn && !met.isOrderFree
      return isOrdered ? their.join('\n') === our.join('\n') : isSameBag(their, our)
    },
    reduce: (theirs, ours) => {
      if (met.hasFailed || isOver) return [new Map(), new Map()]
      const [their, our] = [theirs, ours].map((snapshot) => new Map(snapshot))
      for (const path of new Set([...theirs.keys(), ...ours.keys()])) {
        const texts = [theirs.get(path), ours.get(path)] as const
        if (met.isOrderFree && path.endsWith('dvc.lock')) showSorted(path, their!, our!)
        if (
          texts[0] === texts[1] ||
          !mayDiffer(path, texts, { ...met, hasRemoved: removed.isDone })
        )
          continue
        // A stage may read the file that dvc has taken away or changed.
        if (!/(?:\.gitignore|dvc\.lock|dvc\.yaml)$/.test(path)) isOver = true
        their!.delete(path)
        our!.delete(path)
      }
      return [their!, our!]
    },
  }
}

/** A frozen stage cannot run: dvc fails where we find an output in the cache, even one that is not cached itself. */
function isRestoredInstead(theirs: Answer, ours: Answer): boolean {
  const isMissed = !theirs.isDone && theirs.errors.includes("missing data 'source'")
  return isMissed && ours.isDone && ours.output.includes('restored from cache')
}

function isSameBag(theirs: readonly string[], ours: readonly string[]): boolean {
  return theirs.toSorted().join('\n') === ours.toSorted().join('\n')
}

/** What ran in the failed run of one may not be needed any more in the other: its edit was taken back since. */
function without(
  names: readonly string[],
  before: { readonly theirs: readonly string[]; readonly ours: readonly string[] },
): string[] {
  const begun = new Set([...before.theirs, ...before.ours])
  return names.filter((name) => !begun.has(name))
}

/** A stage that failed may have run more often. */
function isSameSet(theirs: readonly string[], ours: readonly string[]): boolean {
  return isSameBag([...new Set(theirs)], [...new Set(ours)])
}

/** So that a difference that counts is not hidden behind one that does not. */
function showSorted(path: string, ...snapshots: readonly Map<string, string>[]): void {
  for (const snapshot of snapshots) {
    const text = snapshot.get(path)
    if (text !== undefined) snapshot.set(path, sortStages(text))
  }
}

interface Met {
  readonly isOrderFree: boolean
  readonly hasEverFailed: boolean
  readonly hasRemoved: boolean
}

type Texts = readonly [theirs: string | undefined, ours: string | undefined]

function mayDiffer(path: string, texts: Texts, met: Met): boolean {
  const [theirs, ours] = texts
  if (path.endsWith('.gitignore')) return maySaySo(theirs ?? '', ours ?? '', met)
  // 'A checkout leaves data alone that was removed from DVC'
  if (theirs === undefined) return met.hasRemoved && !path.includes('/.dvc/')
  if (ours === undefined) return false
  // 'What is no longer tracked keeps its executable bit'
  if (met.hasRemoved && ours === `executable: ${theirs}`) return true
  // 'The order of stages'
  if (path.endsWith('dvc.lock')) return met.isOrderFree && sortStages(theirs) === sortStages(ours)
  // 'dvc.yaml stays as a person wrote it'
  return path.endsWith('dvc.yaml') && readMeaning(theirs) === readMeaning(ours)
}

/** Whether two `.gitignore` may differ so. */
function maySaySo(theirs: string, ours: string, met: Met): boolean {
  const [their, our] = [theirs, ours].map((text) => text.split(/\r?\n/).filter(Boolean))
  const lost = our!.filter((line) => !their!.includes(line))
  const stale = their!.filter((line) => !our!.includes(line))
  // "A failed run leaves the other stages' lines in .gitignore"
  if (lost.length > 0 && !met.hasEverFailed) return false
  // 'Lines in .gitignore go together with their outputs'
  if (stale.length > 0 && !(met.hasRemoved && stale.every((line) => line.includes('\\'))))
    return false
  return met.isOrderFree || met.hasRemoved || lost.length > 0
}
