import { isObject } from '../../core/json.ts'
import type { ModelOutput } from '../../core/predictor.ts'
import type { InputFields } from '../../core/input-field.ts'
import type { CardEvaluation } from './card-evaluation.ts'
import type { CardExplanations } from './card-explanations.ts'

/** What the gate said of the model. */
export interface CardDecision {
  readonly decision: string
  readonly reason: string
  /** True where somebody promoted it whatever the gate said. */
  readonly isForced?: true
}

/** What is to be known of one version of a model, as it is written: nothing in it depends on the day or the machine. */
export interface ModelCard extends CardParts {
  readonly format: 1
  /** What the model does not do, or was not measured on, in sentences. */
  readonly limits: readonly string[]
}

/** What a card is made of. */
export interface CardParts {
  readonly model: {
    readonly name: string
    /** The estimator. */
    readonly kind: string
    /** Hexadecimal sha256 of the ONNX file. */
    readonly digest: string
    readonly size_bytes: number
    readonly target: string
    /** The columns it takes. */
    readonly inputs: InputFields
    /** What it gives; the probability of class 1 when absent. */
    readonly output?: ModelOutput
  }
  readonly data: CardData
  /** What the model was trained with. */
  readonly parameters: Readonly<Record<string, string>>
  /** What the gate said, when it was asked. */
  readonly decision: CardDecision | null
  readonly evaluation: CardEvaluation | null
  /** Points of the calibration curve on the test rows. */
  readonly calibration: readonly CalibrationPoint[]
  readonly explanations: CardExplanations
  /** Where it comes from: run, commit, hashes. */
  readonly lineage: Readonly<Record<string, string>>
}

/** The data that the model was trained and measured on. */
export interface CardData {
  readonly title: string
  readonly url: string
  readonly licence: string
  /** Of its canonical CSV. */
  readonly sha256: string
  readonly rows: number | null
  /** How it stood against its suite of expectations. */
  readonly validation: {
    readonly success: boolean
    readonly evaluated_expectations: number
    readonly successful_expectations: number
    readonly highest_failing_severity: string | null
  } | null
}

/** A bin of rows with about the same probability. */
export interface CalibrationPoint {
  readonly mean_predicted_probability: number
  readonly positive_share: number
  readonly rows: number
}

/** Whether a value read from a file is a card of this format; the members that are lists or objects are looked at. */
export function isModelCard(value: unknown): value is ModelCard {
  if (!isObject(value) || value['format'] !== 1) return false
  const objects = ['model', 'data', 'parameters', 'explanations', 'lineage']
  return (
    objects.every((name) => isObject(value[name])) &&
    Array.isArray(value['limits']) &&
    Array.isArray(value['calibration']) &&
    (value['evaluation'] === null || isObject(value['evaluation'])) &&
    isObject(value['explanations']) &&
    Array.isArray(value['explanations']['columns'])
  )
}
