import type { Matrix } from './matrix.ts'
import type { ModelOutput } from './predictor.ts'

/** The protocol in which rows were asked. */
export type ScoringProtocol = 'native' | 'open-inference' | 'kserve' | 'mlflow' | 'vertex'

/** What a model was to the request: the one that answers all, the one tried on a share, or one nobody sees. */
export type ScoringArm = 'champion' | 'canary' | 'shadow'

/** Rows that a server scored for one request: what a prediction log keeps. */
export interface ScoredRows {
  readonly requestId: string
  /** 32 lower-case hex digits, when the request is part of a trace. */
  readonly traceId: string | undefined
  readonly protocol: ScoringProtocol
  readonly model: {
    readonly name: string
    readonly version: string | null
    readonly digest: string
  }
  readonly arm: ScoringArm
  /** Names of the columns of `rows`. */
  readonly columns: readonly string[]
  /** What the model was given, NaN where missing. Not to be kept past the call: the server may use it again. */
  readonly rows: Matrix
  /** What `scores` are. */
  readonly output: ModelOutput
  /** What the model gave, shape [rows] for one number a row. */
  readonly scores: Float32Array
  /** In the model alone, all rows together. */
  readonly durationMs: number
}

/** Told of every scoring that succeeded, within the request, whose time is now: it must return at once and not throw. */
export type ScoringObserver = (scored: ScoredRows) => void
