import type { Contributions } from '../core/contributions.ts'
import { ToolkitError } from '../core/errors.ts'
import type { Matrix } from '../core/matrix.ts'
import { explainScores, outputWidth, type ModelOutput, type Predictor } from '../core/predictor.ts'
import type { FieldPolicy } from '../core/field-policy.ts'
import type { InputField } from '../core/input-field.ts'
import type { RequestWarnings } from './input/problem-list.ts'

/** A raw column the model takes. */
export interface Column {
  readonly name: string
  readonly field: InputField
  /** What becomes of values that the field does not admit; they are refused without one. */
  readonly policy?: FieldPolicy | undefined
  /** Whether a number stands for a date or a moment: its days or milliseconds since 1970-01-01, as the model's graph takes it. */
  readonly takesTimeNumbers?: true
  /** Whether the model takes its numbers in 64 bits. */
  readonly takesDoubles?: true
}

/** Which model answered; `version` is `null` when it did not come from a registry. */
export interface ModelIdentity {
  readonly name: string
  readonly version: string | null
  readonly digest: string
}

/** A model as the routes see it. */
export interface ServedModel {
  readonly identity: ModelIdentity
  /** When its version was registered, milliseconds since 1970, where that is known. */
  readonly registeredAt?: number | undefined
  /** In the order of the matrix. */
  readonly columns: readonly Column[]
  /** Of `columns`. */
  readonly columnNames: readonly string[]
  readonly example: Readonly<Record<string, number | string | null>>
  /** What the numbers of `score` are. */
  readonly output: ModelOutput
  /**
   * What the model gives, row by row: shape [rows], or [rows, classes] where its output is classes.
   *
   * @throws {ToolkitError} `MODEL_INVALID` when the model gives no number: JSON would turn it into null.
   */
  score(rows: Matrix): Float32Array
  /**
   * What each column adds to the score of each row, or to that of each class.
   *
   * @throws {ToolkitError} `EXPLANATION_UNSUPPORTED` with the reason; `MODEL_INVALID` as `score`
   */
  explain(rows: Matrix): readonly Contributions[]
  /** Told of what a request was let off, before it is scored. */
  warn(warnings: RequestWarnings): void
}

/** Wraps a predictor with what the routes ask of a model. */
export function createServedModel(predictor: Predictor, version: string | undefined): ServedModel {
  const { name, digest, inputs, example, output } = predictor
  return {
    identity: { name, version: version ?? null, digest },
    columns: columnsOf(predictor),
    columnNames: Object.keys(inputs),
    example,
    output,
    score: (rows) => checkScores(predictor.predict(rows), rows.rows, outputWidth(output)),
    explain: (rows) => explainScores(predictor, rows).map(checkContributions),
    warn: () => undefined,
  }
}

/** The columns that a model takes, in the order of its matrix, with its policies. */
export function columnsOf({ inputs, policies = {}, doubles }: Predictor): readonly Column[] {
  return Object.entries(inputs).map(([name, field]) => ({
    name,
    field,
    policy: Object.hasOwn(policies, name) ? policies[name] : undefined,
    ...(doubles?.has(name) === true && { takesDoubles: true }),
  }))
}

function checkScores(scores: Float32Array, rows: number, width: number): Float32Array {
  if (scores.length !== rows * width) {
    throw invalid(
      `the model gave ${scores.length} numbers for ${rows} rows, expected ${rows * width}`,
    )
  }
  const fault = scores.findIndex((score) => !Number.isFinite(score))
  if (fault === -1) return scores
  throw invalid(`the model gave ${scores[fault]} for row ${Math.floor(fault / width)}`)
}

function checkContributions(told: Contributions): Contributions {
  const fault = [told.base, ...told.values].find((value) => !Number.isFinite(value))
  if (fault !== undefined) throw invalid(`an explanation of the model has ${fault} in it`)
  return told
}

function invalid(message: string): ToolkitError {
  return new ToolkitError('MODEL_INVALID', message, { hint: 'serve another version' })
}
