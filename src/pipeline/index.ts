/** The pipeline engine on DVC's files. It knows nothing of machine learning. */

export type { Outcome, PipelineEvent } from './events.ts'
export { formatDag, readDag, type Dag, type DagFormat } from './dag.ts'
export { describeReason, type Action, type Reason } from './plan.ts'
export {
  readStatus,
  type PipelineStatus,
  type StageStatus,
  type StatusOptions,
} from './read-status.ts'
export { runPipeline, type RunOptions, type RunSummary, type StageSummary } from './run-pipeline.ts'
