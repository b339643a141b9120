/** What came of trainings, for a terminal. */

import { formatCount, formatNumber, pluralize } from '../../core/format-number.ts'
import type {
  JudgedGate,
  MonitoredTraining,
  TrainingVerdict,
  TrainingWish,
} from '../../core/monitored-training.ts'
import { formatMoment } from './watch-text.ts'

/** A line on the training that alerts want, or that was; below it why, what follows, and what to do, a line each. */
export function renderTraining(training: TrainingWish | MonitoredTraining): readonly string[] {
  const { alerts, newRows } = training
  const cause = alerts.length === 0 ? '' : ` because of ${alerts.join(', ')}`
  if (!('id' in training)) {
    const waiting =
      newRows === undefined ? '' : `, ${formatCount(newRows)} new ${pluralize(newRows, 'row')}`
    return [`training${cause}${waiting}: ${renderWish(training)}`]
  }
  const { reasons, verdict, next } = training
  return [
    `training${cause}, ${describeNewRows(training)}: ${renderOutcome(training)}`,
    // What the gates say is the stage's reason too.
    ...(verdict === undefined ? reasons : describeVerdict(verdict)).map(
      (line) => `        ${line}`,
    ),
    ...(next === undefined ? [] : [`  hint: ${next}`]),
  ]
}

/** One line on a training of an earlier look. */
export function renderEarlier(training: MonitoredTraining): string {
  const { startTime, verdict } = training
  const decision = training.state === 'done' && verdict !== undefined ? `, ${verdict.decision}` : ''
  return `last training, ${formatMoment(startTime)}, ${describeNewRows(training)}: ${renderOutcome(training)}${decision}`
}

/** One that goes on where another was killed finds its rows added. */
function describeNewRows({ newRows }: MonitoredTraining): string {
  if (newRows === 0) return 'with the rows that an earlier one has added'
  return `${formatCount(newRows)} new ${pluralize(newRows, 'row')}`
}

function renderWish({ state, reason, leastRows }: TrainingWish): string {
  if (state === 'failed')
    return `failed, the next look tries again: ${reason ?? 'it could not begin'}`
  if (leastRows === undefined) return `waits: ${reason ?? 'its turn has not come'}`
  return `waits for more labelled rows: it takes ${formatCount(leastRows)} (monitor.retrain_min_rows)`
}

function renderOutcome({ state, stage, runId, attempts }: MonitoredTraining): string {
  const run = runId === undefined ? '' : ` in run ${runId}`
  const by = stage === undefined ? '' : ` by ${stage === 'new rows' ? 'the suite' : `'${stage}'`}`
  const again = attempts > 1 ? `, ${attempts} times in a row` : ''
  if (state === 'refused') return `refused${by}${run}, and the champion stays`
  if (state === 'failed')
    return `failed${stage === undefined ? '' : ` in '${stage}'`}${run}${again}`
  return `${state}${run}`
}

/** What the gates said, which version that is, and what is served. */
export function describeVerdict(verdict: TrainingVerdict): readonly string[] {
  const { decision, reason, gates } = verdict
  const failed = gates.filter(({ passed }) => !passed)
  return [
    `${decision}: ${reason}`,
    ...failed.map((gate) => `gate ${describeGate(gate)}`),
    describeServed(verdict),
  ]
}

/** 'min_roc_auc: found 0.71, limit 0.75'. */
function describeGate({ gate, value, limit }: JudgedGate): string {
  return `${gate}: found ${value === null ? 'no' : show(value)}, limit ${show(limit)}`
}

function show(value: number | string): string {
  return typeof value === 'number' ? formatNumber(value) : value
}

function describeServed({ version, champion, championBefore }: TrainingVerdict): string {
  const own = version === undefined ? 'it has no version' : `it is version ${version}`
  if (champion === undefined) return `${own}; there is no champion`
  if (champion === championBefore) {
    // It was before, or a training that was cut off has made it so.
    if (champion === version) return `${own}, the champion, and servers answer with it`
    return `${own}; version ${champion} stays the champion, and servers answer with it`
  }
  const after = championBefore === undefined ? '' : ` in place of version ${championBefore}`
  return `version ${champion} is the champion${after}; servers that follow the alias answer with it within ten seconds`
}
