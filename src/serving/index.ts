export { createServingApp, type ServingOptions } from './app.ts'
export type { ServingLimits } from './limits.ts'
export { startServing, type ListenOptions, type RunningServer } from './listen-server.ts'
export {
  createWorkerMetrics,
  leaveWorkers,
  roleOfProcess,
  superviseWorkers,
} from './workers-process.ts'
