import {
  type ClassMetrics,
  type ClassSample,
  listClasses,
  meanOf,
  prepareClassSamples,
  summarizeClasses,
} from './class-metrics.ts'
import type { ClassProbabilities } from './multiclass-log-loss.ts'
import { prepareCounting, rankScores } from './ranking.ts'
import { areaUnderRoc } from './roc-auc-score.ts'

/**
 * Metrics of several classes averaged over them, by scikit-learn's names: `macro` over the classes that occur or are called,
 * each alike; `weighted` by their rows; `micro` over pairs of row and class. Precision, recall and F1 of all rows together
 * (`micro`) are the accuracy, and so is `recall_weighted`: they are not told again.
 */
interface ClassAverages extends ClassMetrics {
  readonly precision_macro: number
  readonly recall_macro: number
  readonly precision_weighted: number
  readonly f1_weighted: number
  readonly roc_auc_ovr_weighted: number
  /** Of the pairs of a row and a class, how often one that is so scores above one that is not. */
  readonly roc_auc_ovr_micro: number
}

/** What is measured of each class. */
const classMeasures = ['precision', 'recall', 'f1', 'roc_auc'] as const

/** One of them. */
export type ClassMeasure = (typeof classMeasures)[number]

/** Metrics of samples with all averages, and for each class its measures under the names of {@link nameOfClass}. */
export function prepareClassAverages(
  target: ArrayLike<number>,
  probabilities: ClassProbabilities,
): (counts: Float64Array) => ClassAverages & Readonly<Record<string, number>> {
  const sampleOf = prepareClassSamples(target, probabilities)
  const microArea = prepareMicroArea(target, probabilities)
  return (counts) => {
    const sample = sampleOf(counts)
    return {
      ...summarizeClasses(sample),
      ...averageClasses(sample),
      roc_auc_ovr_micro: microArea(counts),
      ...measureEach(sample),
    }
  }
}

/** What a measure of one class is called among the metrics of a sample. @param k - the number of the class */
export function nameOfClass(measure: ClassMeasure, k: number): string {
  return `${measure} of ${k}`
}

/**
 * Parts the metrics of a sample from those of one class each.
 *
 * @param classes - how many there are
 * @returns by class, from the first on
 */
export function partByClass<T>(
  metrics: Readonly<Record<string, T>>,
  classes: number,
): { readonly whole: Record<string, T>; readonly byClass: readonly Record<ClassMeasure, T>[] } {
  const own = new Set<string>()
  const byClass = Array.from({ length: classes }, (_, k) => {
    const read = (measure: ClassMeasure): T => {
      own.add(nameOfClass(measure, k))
      return metrics[nameOfClass(measure, k)]!
    }
    return {
      precision: read('precision'),
      recall: read('recall'),
      f1: read('f1'),
      roc_auc: read('roc_auc'),
    }
  })
  const whole = Object.entries(metrics).filter(([name]) => !own.has(name))
  return { whole: Object.fromEntries(whole), byClass }
}

function averageClasses(
  sample: ClassSample,
): Omit<ClassAverages, keyof ClassMetrics | 'roc_auc_ovr_micro'> {
  const { occurring, areas, total } = sample
  const { present, known } = listClasses(sample)
  const weigh = (value: (k: number) => number): number =>
    present.reduce((sum, k) => sum + occurring[k]! * value(k), 0) / total
  return {
    precision_macro: meanOf(known, (k) => precisionOf(sample, k)),
    // A class that is called and has no row has no recall either: scikit-learn counts it as 0.
    recall_macro: meanOf(known, (k) => (occurring[k] === 0 ? 0 : recallOf(sample, k))),
    precision_weighted: weigh((k) => precisionOf(sample, k)),
    f1_weighted: weigh((k) => f1Of(sample, k)),
    roc_auc_ovr_weighted: weigh((k) => areas[k]!),
  }
}

/** NaN where a sample says nothing of a class. */
function measureEach(sample: ClassSample): Record<string, number> {
  const { areas } = sample
  const measures = { precision: precisionOf, recall: recallOf, f1: f1Of }
  return Object.fromEntries(
    [...areas.keys()].flatMap((k) =>
      classMeasures.map((measure) => [
        nameOfClass(measure, k),
        measure === 'roc_auc' ? areas[k]! : measures[measure](sample, k),
      ]),
    ),
  )
}

/** 0 where the class is never called. */
function precisionOf({ hits, calls }: ClassSample, k: number): number {
  return calls[k] === 0 ? 0 : hits[k]! / calls[k]!
}

function recallOf({ hits, occurring }: ClassSample, k: number): number {
  return hits[k]! / occurring[k]!
}

function f1Of({ hits, occurring, calls }: ClassSample, k: number): number {
  return (2 * hits[k]!) / (occurring[k]! + calls[k]!)
}

/** Every pair of a row and a class is one of 0 or 1, with the probability that the row gives the class. */
function prepareMicroArea(
  target: ArrayLike<number>,
  { rows, columns, values }: ClassProbabilities,
): (counts: Float64Array) => number {
  const isClass = new Uint8Array(rows * columns)
  for (let row = 0; row < rows; row++) isClass[row * columns + target[row]!] = 1
  const count = prepareCounting(rankScores(values), isClass)
  const repeated = new Float64Array(rows * columns)
  return (counts) => {
    for (let row = 0; row < rows; row++) {
      repeated.fill(counts[row]!, row * columns, (row + 1) * columns)
    }
    return areaUnderRoc(count(repeated))
  }
}
