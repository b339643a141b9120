/** The pipeline engine on DVC's files. It knows nothing of machine learning. */

export type { Outcome, PipelineEvent } from './run/events.ts'
export { createDag, type Dag, type DagNode, type DagOptions } from './dag/dag.ts'
export { drawDag } from './dag/dag-drawing.ts'
export { formatDot, formatMermaid, formatMermaidMarkdown } from './dag/dag-text.ts'
export { describeReason, type Action, type Reason } from './run/plan.ts'
export {
  readStatus,
  type PipelineStatus,
  type StageStatus,
  type StatusOptions,
} from './run/read-status.ts'
export type { RunOptions } from './run/run-options.ts'
export { runPipeline } from './run/run-pipeline.ts'
export type { RunSummary, StageSummary } from './run/summary.ts'
