/** What is answered of the numbers that a model gives for a row. */

import { calledPlace, isCalledPositive } from '../core/called-class.ts'
import type { ClassOutput, ModelOutput, OutputInterval } from '../core/predictor.ts'

/** What a model of a boolean says of a row. */
export interface ProbabilityPrediction {
  /** Of class 1. */
  readonly probability: number
  /** Class 1 from the model's threshold on. */
  readonly prediction: 0 | 1
}

/** What a model of numbers says of a row, in the unit of its target. */
export interface ValuePrediction {
  readonly prediction: number
  /** Only where the model has one: where the truth lies for most rows. */
  readonly interval?: { readonly lower: number; readonly upper: number }
}

/** What a model of several classes says of a row. */
export interface ClassPrediction {
  /** By class, in the model's order; they add up to 1. */
  readonly probabilities: Readonly<Record<string, number>>
  /** The class of the highest probability, or of the least expected cost where the model has costs; of equals the first. */
  readonly prediction: string | number
}

/** What a model says of a row. */
export type Prediction = ProbabilityPrediction | ValuePrediction | ClassPrediction

/**
 * The predictions of the rows, in their order.
 *
 * @param scores - as `predict` of a model of this output gives them
 */
export function createPredictions(
  output: ModelOutput,
  scores: Float32Array,
): readonly Prediction[] {
  switch (output.kind) {
    case 'probability':
      return eachScore(scores, (probability) => ({
        probability,
        prediction: isCalledPositive(probability, output) ? 1 : 0,
      }))
    case 'value':
      return eachScore(scores, (prediction) => ({
        prediction,
        ...(output.interval && { interval: intervalAround(prediction, output.interval) }),
      }))
    case 'classes':
      return createClassPredictions(output, scores)
  }
}

/** A loop, for `Array.from` takes as long as to score a small model. */
function eachScore<Answer>(
  scores: Float32Array,
  answer: (score: number) => Answer,
): readonly Answer[] {
  const answers: Answer[] = []
  for (let row = 0; row < scores.length; row++) answers.push(answer(scores[row]!))
  return answers
}

/** The two ends of the interval of a predicted number. */
export function intervalAround(
  prediction: number,
  { radius }: OutputInterval,
): { readonly lower: number; readonly upper: number } {
  return { lower: prediction - radius, upper: prediction + radius }
}

function createClassPredictions(
  output: ClassOutput,
  scores: Float32Array,
): readonly ClassPrediction[] {
  const { classes } = output
  return predictClasses(output, scores).map((prediction, row) => {
    const own = scores.subarray(row * classes.length, (row + 1) * classes.length)
    const entries = classes.map((name, k) => [name, own[k]!] as const)
    return { probabilities: Object.fromEntries(entries), prediction }
  })
}

/** The class that each row is called. @param scores - shape [rows, classes] */
export function predictClasses(
  output: ClassOutput,
  scores: Float32Array,
): readonly (string | number)[] {
  const { classes } = output
  return Array.from({ length: scores.length / classes.length }, (_, row) => {
    return classes[calledPlace(scores, row * classes.length, output)]!
  })
}
