/** Trainings that monitoring has led to: what `mlpt monitor` keeps, the server tells and the dashboard shows. Plain JSON. */

/** One training, from the alerts that led to it to what came of it. */
export interface MonitoredTraining {
  /** Counts up in its project. */
  readonly id: number
  /** Names of the alerts that led to it. */
  readonly alerts: readonly string[]
  /** Milliseconds since 1970. */
  readonly startTime: number
  /** Absent while it runs, and for ever when it was killed. */
  readonly endTime?: number
  /**
   * `refused`: a check or a gate said no; `failed`: the next look tries again; `killed`: its process is gone, and the next look
   * goes on with it.
   */
  readonly state: 'running' | 'done' | 'refused' | 'failed' | 'killed'
  /** Labelled rows of the log that the project's data did not have. */
  readonly newRows: number
  /** How often in a row it was tried and failed in this very way. */
  readonly attempts: number
  /** The run of the pipeline, as `mlpt history` counts; absent when there was none. */
  readonly runId?: number
  /** What said no, or failed: a stage of the pipeline, or the check of the new rows by themselves. */
  readonly stage?: string
  /** Why, a sentence each. */
  readonly reasons: readonly string[]
  /** Absent when it did not come to one. */
  readonly verdict?: TrainingVerdict
  /** What to do now, in the imperative; absent when there is nothing to do. */
  readonly next?: string
}

/** What the gates said of the model that was trained. */
export interface TrainingVerdict {
  readonly decision: 'promoted' | 'kept-champion' | 'refused'
  readonly reason: string
  /** The kind of the model, such as 'boosting'. */
  readonly kind: string
  readonly gates: readonly JudgedGate[]
  /** Its version in the registry. */
  readonly version?: string
  /** The champion before the training, and after it. */
  readonly championBefore?: string
  readonly champion?: string
}

/** One gate with what was found. */
export interface JudgedGate {
  readonly gate: string
  readonly passed: boolean
  /** Null where it differs from run to run. */
  readonly value: number | string | null
  readonly limit: number | string
}

/** What the last look says of training, where it began none. */
export interface TrainingWish {
  readonly state: 'waits' | 'failed'
  readonly alerts: readonly string[]
  /** Labelled rows of the log that the project's data did not have; absent where nobody has counted. */
  readonly newRows?: number
  /** So many it takes. */
  readonly leastRows?: number
  /** Why it could not begin. */
  readonly reason?: string
}

/** Of which outcome a training is: what the gates decided, where they came to decide. */
export function outcomeOf({
  state,
  verdict,
}: Pick<MonitoredTraining, 'state' | 'verdict'>): string {
  return state === 'done' ? (verdict?.decision ?? 'done') : state
}
