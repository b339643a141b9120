import { nameHint } from '../../core/nearest.ts'
import { isWithin, type NumberRange } from '../number-range.ts'

/** What a network learns: a probability, a number, or one of several classes. */
export const neuralObjectives = ['binary', 'regression', 'multiclass'] as const
export type NeuralObjective = (typeof neuralObjectives)[number]

/** What shapes a network and its fit; every bound is in `fitNeural`’s errors. */
export interface NeuralParameters {
  /** Log loss of 0 and 1, squared error of a number, or cross-entropy of the classes 0, 1, 2, … */
  readonly objective: NeuralObjective
  /** Units of each hidden layer, from the input on. */
  readonly hiddenUnits: readonly number[]
  /** Share of the hidden units that are left out, drawn anew for each row of each batch. */
  readonly dropout: number
  /** Of AdamW: about how far one step moves a weight. */
  readonly learningRate: number
  /** The L2 of AdamW: each step takes learningRate · weightDecay of every weight, biases excepted. */
  readonly weightDecay: number
  /** Rows of one step. */
  readonly batchSize: number
  /** Times that the fit goes through the rows at most. */
  readonly maxEpochs: number
  /** Epochs without a lower validation loss after which the fit ends. */
  readonly patience: number
  /** Share of the rows held back to choose the epoch whose weights are kept; 0 keeps the last one's. */
  readonly validationShare: number
}

/** Good first values for some ten thousands of rows: chosen on the reference project's training rows. */
export const defaultNeuralParameters: NeuralParameters = {
  objective: 'binary',
  hiddenUnits: [128, 64],
  dropout: 0.2,
  learningRate: 0.001,
  weightDecay: 0.01,
  batchSize: 256,
  maxEpochs: 100,
  patience: 8,
  validationShare: 0.1,
}

const ranges = {
  dropout: { min: 0, max: 1, below: true },
  learningRate: { min: 0, max: 10, above: true },
  weightDecay: { min: 0, max: 1e3 },
  batchSize: { integer: true, min: 1, max: 1_048_576 },
  maxEpochs: { integer: true, min: 1, max: 100_000 },
  patience: { integer: true, min: 1, max: 100_000 },
  validationShare: { min: 0, max: 0.9 },
} as const satisfies Partial<Record<keyof NeuralParameters, NumberRange>>

const unitRange: NumberRange = { integer: true, min: 1, max: 8192 }
const mostLayers = 16

/** Completes parameters with the defaults; checks nothing. */
export function completeNeuralParameters(parameters: Partial<NeuralParameters>): NeuralParameters {
  return { ...defaultNeuralParameters, ...parameters }
}

/** Every parameter that is unknown or out of range, as a sentence. */
export function neuralParameterProblems(parameters: Partial<NeuralParameters>): string[] {
  const known = Object.keys(defaultNeuralParameters)
  const unknown = Object.keys(parameters).filter((name) => !known.includes(name))
  const { objective, hiddenUnits, ...numbers } = completeNeuralParameters(parameters)
  return [
    ...unknown.map(
      (name) => `there is no parameter '${name}' (${nameHint(name, known, 'parameters')})`,
    ),
    ...objectiveProblems(objective),
    ...unitProblems(hiddenUnits),
    ...Object.entries(ranges).flatMap(([name, range]) =>
      rangeProblems(
        `'${name}'`,
        new Map<string, unknown>(Object.entries(numbers)).get(name),
        range,
      ),
    ),
    ...decayProblems(numbers.learningRate * numbers.weightDecay),
  ]
}

/** A step would turn the weights around instead of shrinking them. */
function decayProblems(decay: number): string[] {
  return decay > 1
    ? [`'learningRate' times 'weightDecay' is ${decay}, expected a number from 0 to 1`]
    : []
}

function objectiveProblems(objective: string): string[] {
  if (neuralObjectives.some((known) => known === objective)) return []
  const hint = nameHint(objective, neuralObjectives, 'objectives')
  return [`'objective' is ${JSON.stringify(objective)} (${hint})`]
}

function unitProblems(units: unknown): string[] {
  if (!Array.isArray(units) || units.length === 0 || units.length > mostLayers) {
    return [
      `'hiddenUnits' is ${JSON.stringify(units)}, expected a list of 1 to ${mostLayers} integers`,
    ]
  }
  return units.flatMap((unit: unknown, i) => rangeProblems(`'hiddenUnits[${i}]'`, unit, unitRange))
}

function rangeProblems(name: string, value: unknown, range: NumberRange): string[] {
  return isWithin(value, range) ? [] : [`${name} is ${String(value)}, expected ${describe(range)}`]
}

function describe({ integer, min, max, above, below }: NumberRange): string {
  const kind = integer === true ? 'an integer' : 'a number'
  const from = above === true ? `above ${min}` : `from ${min}`
  return `${kind} ${from} ${below === true ? `to below ${max}` : `to ${max}`}`
}
