/** How DVC names experiments in git: `refs/exps/<2 digits of the baseline>/<the others>/<name>`. */

/** An experiment that is stored. */
export interface Experiment {
  readonly name: string
  /** The commit it was made on. */
  readonly baseline: string
  /** The commit that holds it; its parent is the baseline. */
  readonly commit: string
}

/** Below here lie all experiments, and DVC's own working references. */
export const experimentNamespace = 'refs/exps'

/** The experiment that was applied last; DVC keeps it too. */
export const appliedRef = 'refs/exps/exec/EXEC_APPLY'

/** What the work tree held before the last `exp apply`, as a stash. */
export const applyStashRef = 'refs/exps/apply/stash'

/** The reference of an experiment. */
export function refOf({ baseline, name }: Pick<Experiment, 'baseline' | 'name'>): string {
  return `${experimentNamespace}/${baseline.slice(0, 2)}/${baseline.slice(2)}/${name}`
}

/** Reads a reference; `undefined` when it is none of an experiment. */
export function parseRef(ref: string): Pick<Experiment, 'baseline' | 'name'> | undefined {
  const [, start, rest, name] =
    /^refs\/exps\/([0-9a-f]{2})\/([0-9a-f]{38,62})\/([^/]+)$/.exec(ref) ?? []
  if (start === undefined || rest === undefined || name === undefined) return undefined
  return { baseline: start + rest, name }
}
