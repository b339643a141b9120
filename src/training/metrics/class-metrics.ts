import { likeliestPlace } from '../../core/called-class.ts'
import { type ClassProbabilities, rowClassLosses } from './multiclass-log-loss.ts'
import { prepareCounting, rankScores } from './ranking.ts'
import { areaUnderRoc } from './roc-auc-score.ts'
import { weightedMean } from './weighted-mean.ts'

/** Metrics of several classes, by scikit-learn's names. */
export interface ClassMetrics {
  readonly log_loss: number
  /** Share of the rows whose class has the highest probability; of equals the first has it. */
  readonly accuracy: number
  /** Mean over the classes that occur of the share of their rows that are called so. */
  readonly balanced_accuracy: number
  /** Mean of F1 over the classes that occur or are called. */
  readonly f1_macro: number
  /** Mean over the classes that occur of the area under the ROC curve of one class against the rest. */
  readonly roc_auc_ovr: number
}

/**
 * Metrics of samples of the same rows, in which row r counts `counts[r]` times: what does not change is made once. At least
 * two classes must occur in a sample.
 *
 * @param target - numbers of classes from 0, shape [rows]
 * @throws {ToolkitError} `SHAPE_MISMATCH`; `TRAINING_INVALID` naming the first bad row (from 0)
 */
export function prepareClassMetrics(
  target: ArrayLike<number>,
  probabilities: ClassProbabilities,
): (counts: Float64Array) => ClassMetrics {
  const sampleOf = prepareClassSamples(target, probabilities)
  return (counts) => summarizeClasses(sampleOf(counts))
}

/** What a sample says of each class, of which the metrics are made. */
export interface ClassSample {
  readonly log_loss: number
  /** Rows of each class that are called so; shape [classes], as all that follows. */
  readonly hits: Float64Array
  readonly occurring: Float64Array
  readonly calls: Float64Array
  /** All rows. */
  readonly total: number
  /** Under the ROC curve of each class against the rest; NaN of a class that does not occur. */
  readonly areas: Float64Array
}

/** As {@link prepareClassMetrics}, before anything is averaged over the classes. */
export function prepareClassSamples(
  target: ArrayLike<number>,
  probabilities: ClassProbabilities,
): (counts: Float64Array) => ClassSample {
  const { columns: classes } = probabilities
  const losses = rowClassLosses(target, probabilities)
  const called = callClasses(probabilities)
  const areas = Array.from({ length: classes }, (_, k) => prepareArea(target, probabilities, k))
  return (counts) => ({
    log_loss: weightedMean(losses, counts),
    ...countCalls(target, { called, counts, classes }),
    areas: Float64Array.from(areas, (area) => area(counts)),
  })
}

/** The metrics of a sample. */
export function summarizeClasses(sample: ClassSample): ClassMetrics {
  const { hits, occurring, calls, total, areas } = sample
  const { present, known } = listClasses(sample)
  return {
    log_loss: sample.log_loss,
    accuracy: hits.reduce((sum, count) => sum + count, 0) / total,
    balanced_accuracy: meanOf(present, (k) => hits[k]! / occurring[k]!),
    f1_macro: meanOf(known, (k) => (2 * hits[k]!) / (occurring[k]! + calls[k]!)),
    roc_auc_ovr: meanOf(present, (k) => areas[k]!),
  }
}

/** The numbers of the classes that occur in a sample, and of those that occur or are called. */
export function listClasses({ occurring, calls }: Pick<ClassSample, 'occurring' | 'calls'>): {
  readonly present: readonly number[]
  readonly known: readonly number[]
} {
  const all = [...occurring.keys()]
  return {
    present: all.filter((k) => occurring[k]! > 0),
    known: all.filter((k) => occurring[k]! + calls[k]! > 0),
  }
}

/** The class of the highest probability of each row; of equals the first. Shape [rows]. */
export function callClasses({ rows, columns, values }: ClassProbabilities): Int32Array {
  return Int32Array.from({ length: rows }, (_, row) =>
    likeliestPlace(values, row * columns, columns),
  )
}

function prepareArea(
  target: ArrayLike<number>,
  { rows, columns, values }: ClassProbabilities,
  k: number,
): (counts: Float64Array) => number {
  const ranking = rankScores(
    Float64Array.from({ length: rows }, (_, row) => values[row * columns + k]!),
  )
  const isClass = Uint8Array.from(target, (value) => Number(value === k))
  const count = prepareCounting(ranking, isClass)
  return (counts) => areaUnderRoc(count(counts))
}

function countCalls(
  target: ArrayLike<number>,
  {
    called,
    counts,
    classes,
  }: { readonly called: Int32Array; readonly counts: Float64Array; readonly classes: number },
): Omit<ClassSample, 'log_loss' | 'areas'> {
  const hits = new Float64Array(classes)
  const occurring = new Float64Array(classes)
  const calls = new Float64Array(classes)
  let total = 0
  for (let row = 0; row < called.length; row++) {
    const count = counts[row]!
    total += count
    occurring[target[row]!]! += count
    calls[called[row]!]! += count
    if (called[row] === target[row]) hits[target[row]!]! += count
  }
  return { hits, occurring, calls, total }
}

/** The mean over some classes. */
export function meanOf(classes: readonly number[], value: (k: number) => number): number {
  return classes.reduce((sum, k) => sum + value(k), 0) / classes.length
}
