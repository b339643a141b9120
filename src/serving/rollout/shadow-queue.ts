/** Lets a model score what another answered: after the answer, in spare moments, unseen. */

import { calledPlace, isCalledPositive } from '../../core/called-class.ts'
import { encodeCoded, isCodedField } from '../../core/input-field.ts'
import type { Matrix } from '../../core/matrix.ts'
import type { ModelOutput } from '../../core/predictor.ts'
import type { ScoredRows, ScoringObserver } from '../../core/scored-rows.ts'
import type { ServedModel } from '../served-model.ts'
import type { ModelSlots } from './model-slots.ts'
import type { RolloutMetrics } from './rollout-metrics.ts'

export interface ShadowOptions {
  readonly slots: ModelSlots
  readonly metrics: RolloutMetrics
  /** Told what the shadow scored, as one more scoring of the request. */
  readonly onScored?: ScoringObserver | undefined
  /** Rows that may wait; requests beyond are not scored by the shadow. 10,000 when left out. */
  readonly waitingRows?: number
  /** Calls back when the process has a moment; `setImmediate` when left out. */
  readonly whenIdle?: (callback: () => void) => void
}

/** So many rows are scored before requests have their turn again: about a millisecond's worth. */
const rowsPerTurn = 64

interface Job {
  readonly scored: ScoredRows
  readonly shadow: ServedModel
  /** What the shadow gave, as far as it has come. */
  readonly scores: Float32Array
  done: number
  durationMs: number
}

/**
 * Creates the observer that hands what was scored to the shadow. Of memory it takes what may wait, and of time what
 * requests leave; the faults of the shadow are counted and end with it.
 */
export function createShadowQueue(options: ShadowOptions): ScoringObserver {
  const { slots, metrics, waitingRows = 10_000 } = options
  const { whenIdle = (callback) => void setImmediate(callback) } = options
  const waiting: Job[] = []
  let rows = 0
  let failing: ServedModel | undefined
  const work = (): void => {
    const job = waiting[0]!
    try {
      scoreTurn(job, metrics)
      if (job.done === job.scored.rows.rows) {
        finish()
        metrics.countShadow('ok')
        options.onScored?.(asScored(job))
      }
    } catch (error) {
      if (waiting[0] === job) finish()
      metrics.countShadow('error')
      if (failing !== job.shadow) {
        failing = job.shadow // Said once.
        slots.tell({ kind: 'shadow-failed', model: job.shadow.identity, error })
      }
    }
    if (waiting.length > 0) whenIdle(work)
  }
  const finish = (): void => {
    rows -= waiting.shift()!.scored.rows.rows
  }
  return (scored) => {
    const shadow = slots.get('shadow')
    if (shadow === undefined) return
    if (rows + scored.rows.rows > waitingRows) {
      metrics.countShadow('dropped')
      return
    }
    rows += scored.rows.rows
    waiting.push(createJob(scored, shadow))
    if (waiting.length === 1) whenIdle(work)
  }
}

/** With copies: the server uses its rows again. */
function createJob(scored: ScoredRows, shadow: ServedModel): Job {
  const rows = { ...scored.rows, values: encodeAnew(scored.rows, shadow) }
  const kept = { ...scored, rows, scores: scored.scores.slice() }
  return {
    scored: kept,
    shadow,
    scores: new Float32Array(scored.scores.length),
    done: 0,
    durationMs: 0,
  }
}

/** A copy, with the shadow's own numbers for texts: it may know others. */
function encodeAnew({ values, columns, texts = new Map() }: Matrix, shadow: ServedModel) {
  const copy = values.slice()
  for (const [column, cells] of texts) {
    const field = shadow.columns[column]?.field
    if (field === undefined || !isCodedField(field)) continue
    for (const [row, cell] of cells.entries()) {
      // Also what no field admits: a policy may have let it through.
      copy[row * columns + column] = encodeCoded(field, cell)
    }
  }
  return copy
}

function scoreTurn(job: Job, metrics: RolloutMetrics): void {
  const { shadow, scored, scores } = job
  const { rows } = scored.rows
  const count = Math.min(rowsPerTurn, rows - job.done)
  const part = takeRows(scored.rows, job.done, count)
  const startedAt = performance.now()
  const given = shadow.score(part)
  job.durationMs += performance.now() - startedAt
  const width = scores.length / rows
  scores.set(given, job.done * width)
  for (let row = job.done; row < job.done + count; row++) {
    const difference = compare(
      { scores: scored.scores, output: scored.output },
      { scores, output: shadow.output },
      { from: row * width, to: (row + 1) * width },
    )
    metrics.observeDifference(difference.most, difference.isOther)
  }
  job.done += count
}

function takeRows({ columns, values, texts, doubles }: Matrix, from: number, rows: number): Matrix {
  const take = <Cell>(cells: ReadonlyMap<number, readonly Cell[]>) =>
    new Map(Array.from(cells, ([column, all]) => [column, all.slice(from, from + rows)] as const))
  return {
    rows,
    columns,
    values: values.subarray(from * columns, (from + rows) * columns), // [rows, columns]
    ...(texts && { texts: take(texts) }),
    ...(doubles && { doubles: take(doubles) }),
  }
}

interface GivenScores {
  readonly scores: Float32Array
  readonly output: ModelOutput
}

/** How far apart the numbers are, of classes those of all of them, and whether a client would do something else by them. */
function compare(
  answered: GivenScores,
  shadow: GivenScores,
  { from, to }: { readonly from: number; readonly to: number },
): { readonly most: number; readonly isOther: boolean } {
  const [one, other] = [answered, shadow].map(({ scores }) => scores.subarray(from, to))
  const most = one!.reduce((all, value, i) => Math.max(all, Math.abs(value - other![i]!)), 0)
  const isOther = predictionOf(one!, answered.output) !== predictionOf(other!, shadow.output)
  return { most, isOther }
}

/** What a client does something by: the class, each model's own way, or the number itself. */
function predictionOf(numbers: Float32Array, output: ModelOutput): number {
  switch (output.kind) {
    case 'probability':
      return isCalledPositive(numbers[0]!, output) ? 1 : 0
    case 'value':
      return numbers[0]!
    case 'classes':
      return calledPlace(numbers, 0, output)
  }
}

function asScored({ scored, shadow, scores, durationMs }: Job): ScoredRows {
  const { identity: model, output } = shadow
  return { ...scored, model, output, arm: 'shadow', scores, durationMs }
}
