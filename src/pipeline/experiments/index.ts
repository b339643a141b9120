/** Experiments: the pipeline with other parameters, side by side, kept in git as DVC keeps them. */

export { applyAssignments, isEditable, namesIn, valueAtKey } from './apply-assignments.ts'
export { applyExperiment, openExperiment, type Applied } from './apply-process.ts'
export { branchExperiment } from './branch-process.ts'
export {
  collectExperiments,
  nameCommits,
  selectBaselines,
  type BaselineSelection,
} from './collect-process.ts'
export { formatAssignment, type Assignment } from './combine-overrides.ts'
export { refOf, type Experiment } from './experiment-ref.ts'
export { toExperimentsDocument } from './experiments-document.ts'
export { formatExperimentsCsv, toExperimentsTable } from './experiments-table.ts'
export { underGit, type GitRepository } from './git-repository.ts'
export { parseOverride } from './parse-override.ts'
export { pathInGit, planNamedExperiment, readParameterFiles } from './plan-process.ts'
export {
  findExperiments,
  listExperiments,
  listRemoteExperiments,
  removeExperiments,
  renameExperiment,
} from './refs-process.ts'
export {
  openExperimentSession,
  type ExperimentEvent,
  type ExperimentResult,
  type ExperimentSession,
} from './experiment-session-process.ts'
export { runExperiments } from './run-experiments-process.ts'
export { clearStaleWorktrees, listRunning } from './worktree-process.ts'
