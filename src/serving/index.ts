export {
  createServingApp,
  servingPlugin,
  type ServingOptions,
  type ServingSettings,
} from './app.ts'
export type { ErrorDetail } from './http/error-detail.ts'
export type { ServingLimits } from './http/limits.ts'
export {
  followAlias,
  type AliasFollower,
  type FollowOptions,
  type NamedVersion,
} from './rollout/follow-alias.ts'
export {
  createModelSlots,
  type ModelSlots,
  type OpenedModel,
  type SlotOptions,
} from './rollout/model-slots.ts'
export { describeRolloutEvent, type RolloutEvent } from './rollout/rollout-event.ts'
export { startServing, type ListenOptions, type RunningServer } from './http/listen-server.ts'
export {
  createWorkerMetrics,
  leaveWorkers,
  roleOfProcess,
  superviseWorkers,
} from './workers-process.ts'
