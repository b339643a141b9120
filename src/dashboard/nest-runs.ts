import type { Run } from '../core/tracking.ts'

/** A row of the table of runs. */
export interface NestedRun {
  readonly run: Run
  /** How many runs it is below; 0 for most. */
  readonly depth: number
  /** Runs right below it. */
  readonly children: number
}

/**
 * Runs with those below them (MLflow's tag `mlflow.parentRunId`) right after the run that they
 * belong to, where that is open. Otherwise the order stays. A run whose parent is not in the list
 * stands by itself, and so do runs that are below each other.
 */
export function nestRuns(
  runs: readonly Run[],
  isOpen: (runId: string) => boolean,
): readonly NestedRun[] {
  const known = new Map(runs.map((run) => [run.runId, run]))
  const tops = new Set(runs.filter((run) => isTop(run, known)))
  const below = Map.groupBy(
    runs.filter((run) => !tops.has(run)),
    (run) => parentOf(run) ?? '',
  )
  const rowsOf = (run: Run, depth: number): readonly NestedRun[] => {
    const children = below.get(run.runId) ?? []
    const rows = isOpen(run.runId) ? children.flatMap((child) => rowsOf(child, depth + 1)) : []
    return [{ run, depth, children: children.length }, ...rows]
  }
  return [...tops].flatMap((run) => rowsOf(run, 0))
}

/** Whether no parent of a run is in the list, or it is its own ancestor. */
function isTop(run: Run, known: ReadonlyMap<string, Run>): boolean {
  const seen = new Set<string>()
  let ancestor: Run | undefined = run
  while (ancestor !== undefined && !seen.has(ancestor.runId)) {
    seen.add(ancestor.runId)
    ancestor = known.get(parentOf(ancestor) ?? '')
  }
  return ancestor === run || known.get(parentOf(run) ?? '') === undefined
}

function parentOf({ tags }: Run): string | undefined {
  return tags['mlflow.parentRunId']
}
