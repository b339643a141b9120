/** The pipeline engine on DVC's files. It knows nothing of machine learning. */

export type { Outcome, PipelineEvent } from './run/events.ts'
export { formatDag, readDag, type Dag, type DagFormat } from './stages/dag.ts'
export { describeReason, type Action, type Reason } from './run/plan.ts'
export {
  readStatus,
  type PipelineStatus,
  type StageStatus,
  type StatusOptions,
} from './run/read-status.ts'
export {
  runPipeline,
  type RunOptions,
  type RunSummary,
  type StageSummary,
} from './run/run-pipeline.ts'
