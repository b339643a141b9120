import { createHash } from 'node:crypto'
import { ToolkitError } from '../../core/errors.ts'
import { packageVersion } from '../../core/version.ts'
import { openCache } from '../../pipeline/cache/open-cache-store.ts'
import { createAddressReader } from '../../pipeline/run/read-address.ts'
import type { Assignment } from '../../pipeline/experiments/index.ts'
import type { Repository } from '../../pipeline/repository/repository.ts'
import { formatYamlFlow } from '../../pipeline/yaml/format-yaml-flow.ts'
import type { YamlValue } from '../../pipeline/yaml/yaml-value.ts'
import type { TrialValue } from '../../training/tune/dimension.ts'
import type { TrialValues } from '../../training/tune/search-space.ts'
import { rankOutcomes, type TrialEvaluation } from '../../training/tune/study.ts'
import { endFailed } from '../end-failed.ts'
import { toPlain } from './parse-stage-study.ts'
import { runStudy } from './run-study.ts'
import { hashSources } from './stage-facts.ts'
import { readStageStudy, type StageStudy } from './stage-study-file.ts'
import {
  assignmentsOf,
  openStageTrials,
  type StageTrials,
  type TrialOptions,
} from './stage-trials.ts'
import { currentTrial, type Objective, type RecordedOutcome } from './tune-outcomes.ts'
import { failuresOf, isSameTrial, type TuneResult } from './tune-result.ts'
import { openStudyRuns, type StudyHome, type StudyRuns } from './tune-runs.ts'

/** Where a study of a stage is kept, and how its trials run. */
export interface StageTuneOptions extends TrialOptions {
  readonly repository: Repository
  /** Trials at the same time, at most. */
  readonly jobs: number
  readonly home: StudyHome
  /** One line of progress. */
  readonly log: (line: string) => void
}

/** What a study of a stage has found: no times, and no ids but names that follow from what it is. */
export interface StageTuneResult {
  readonly stage: string
  readonly method: string
  /** `FILE:KEY`. */
  readonly metric: string
  readonly direction: 'maximize' | 'minimize'
  /** With the values that the parameter files have; `undefined` when the metric is no number then. */
  readonly current: StageTrial | undefined
  /** The first of `trials`. */
  readonly best: StageTrial & { readonly trial: number }
  /** Those that came furthest, the best first. */
  readonly trials: readonly (StageTrial & { readonly trial: number })[]
  readonly failures: TuneResult['failures']
}

/** One that did not fail. */
export interface StageTrial {
  readonly score: number
  /** The experiment that holds its outputs. */
  readonly experiment: string
  readonly values: Readonly<Record<string, unknown>>
}

/** What was found, and what writes the best values into the parameter files. */
export interface StageTuned {
  readonly result: StageTuneResult
  /** Empty when no trial is better than the values that are there. */
  readonly improvement: readonly Assignment[]
}

/**
 * Looks for better parameters of a stage, as its section below `tune` in params.yaml says. Each trial is an
 * experiment: the stages that its metric needs, run with other values in a work tree of their own, and stored
 * as `mlpt exp run` does. What an earlier run of the same study has done is not done again.
 *
 * @throws {ToolkitError} `CONFIG_INVALID`, `PIPELINE_STAGE_FAILED` when the stages fail with the values that are
 *   there or in all trials, `TRACKING_STORE_BUSY`, `GIT_FAILED`, `INTERRUPTED`
 */
export async function tuneStage(name: string, options: StageTuneOptions): Promise<StageTuned> {
  const study = readStageStudy(options.repository, name)
  const { settings } = study
  const digest = await digestStudy(study, options)
  const nameOf = experimentNames(study, digest)
  const runs = await openStudyRuns(options.home, {
    kind: name,
    settings,
    objective: objectiveOf(study),
    digest,
    tagsOf: (evaluation) => ({ 'mlpt.experiment': nameOf(evaluation) }),
  })
  try {
    options.log(describeStart(study, runs))
    await using trials = await openStageTrials(study, options)
    const evaluator = { study, runs, trials, nameOf, log: options.log }
    const current = await evaluateCurrent(evaluator)
    const outcomes = await runStudy(settings, {
      jobs: options.jobs,
      known: runs.known.filter(({ trial }) => trial !== currentTrial && trial < settings.trials),
      evaluate: async (evaluation) => evaluateTrial(evaluator, evaluation),
    })
    const tuned = describeTuned(study, { outcomes, current, nameOf })
    await runs.end('FINISHED', tuned.result.best)
    return tuned
  } catch (error) {
    const status = options.signal.aborted ? 'KILLED' : 'FAILED'
    await endFailed(options, () => runs.end(status, undefined))
    throw error
  }
}

/** Names all that the outcomes of a study depend on, as far as dvc.yaml says it. */
async function digestStudy(study: StageStudy, options: StageTuneOptions): Promise<string> {
  const { repository, clock, signal } = options
  const { settings, metric, direction, described, stages, target } = study
  using cache = openCache(repository, { clock, signal })
  const readAddress = createAddressReader({ config: repository.config, signal })
  const sources = await hashSources(stages, { root: repository.root, cache, readAddress })
  // More trials are the same study, but where their number decides who goes on.
  const { trials } = settings.method === 'halving' ? settings : { trials: undefined }
  const facts = {
    version: packageVersion,
    settings: { ...settings, trials },
    metric: metric.text,
    direction,
    target,
    described,
    sources: [...sources].sort(([a], [b]) => (a < b ? -1 : 1)),
  }
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex')
}

type NameOf = (evaluation: Pick<TrialEvaluation, 'trial' | 'rung'>) => string

/** By study, trial and rung, so that a study that goes on replaces no other's. */
function experimentNames({ name }: StageStudy, digest: string): NameOf {
  const prefix = `${name.replaceAll(/[^\w-]+/g, '-')}-${digest.slice(0, 7)}`
  return ({ trial, rung }) => {
    const number = trial === currentTrial ? 'now' : String(trial)
    return rung === 0 ? `${prefix}-${number}` : `${prefix}-${number}-rung-${rung}`
  }
}

function objectiveOf({ metric, direction }: StageStudy): Objective {
  return {
    name: metric.text,
    // Of the characters that MLflow takes in a name.
    key: metric.key.replaceAll(/[^\w./ -]/g, '_'),
    isLoss: direction === 'minimize',
    hasDeviation: false,
  }
}

function describeStart({ name, target, settings }: StageStudy, runs: StudyRuns): string {
  const known = new Set(runs.known.flatMap(({ trial }) => (trial === currentTrial ? [] : [trial])))
  const kept = known.size === 0 ? '' : `, ${known.size} known from before`
  const through = target === name ? '' : `, each up to ${target}`
  return `${name}: ${settings.trials} trials (${settings.method}${kept})${through}`
}

interface Evaluator {
  readonly study: StageStudy
  readonly runs: StudyRuns
  readonly trials: StageTrials
  readonly nameOf: NameOf
  readonly log: (line: string) => void
}

async function evaluateTrial(
  { study, runs, trials, nameOf, log }: Evaluator,
  evaluation: TrialEvaluation,
  changed: TrialValues = evaluation.values,
): Promise<RecordedOutcome> {
  let place = ''
  const outcome = await runs.track(evaluation, async (runId) => {
    const answer = await trials.evaluate(nameOf(evaluation), changed, runId)
    if (!('failure' in answer)) return answer
    place = answer.log === undefined ? '' : `\n  log: ${answer.log}`
    if (evaluation.trial === currentTrial && answer.hasNoMetric) throw currentFails(study, answer)
    return answer
  })
  const number = evaluation.trial === currentTrial ? 'as it is' : `trial ${evaluation.trial}`
  const resource = study.settings.halving?.resource
  const spent = resource === undefined ? '' : ` (${resource} ${evaluation.values[resource]})`
  const found =
    outcome.failure === undefined ? `${study.metric.key} ${outcome.score}` : outcome.failure + place
  log(`${number}${spent}: ${found}`)
  return outcome
}

/** What the values that are there come to: known when they were the same before. */
async function evaluateCurrent(evaluator: Evaluator): Promise<RecordedOutcome> {
  const { study, runs } = evaluator
  const values = Object.fromEntries(
    Array.from(study.current, ([name, value]) => [name, asTrialValue(value)]),
  )
  const known = runs.known.find(
    ({ trial, failure, values: had }) =>
      trial === currentTrial && failure === undefined && isSameTrial(had, values),
  )
  if (known !== undefined) return { ...known, values }
  return evaluateTrial(evaluator, { trial: currentTrial, rung: 0, values }, {})
}

function asTrialValue(value: YamlValue): TrialValue {
  if (typeof value === 'bigint') return Number(value)
  return value === null || typeof value === 'object' ? formatYamlFlow(value) : value
}

function describeTuned(
  study: StageStudy,
  found: {
    readonly outcomes: readonly RecordedOutcome[]
    readonly current: RecordedOutcome
    readonly nameOf: NameOf
  },
): StageTuned {
  const { name, settings, metric, direction } = study
  const { outcomes, current, nameOf } = found
  const ranked = rankOutcomes(outcomes)
  const [first] = ranked
  const trials = ranked.map((outcome) => ({
    trial: outcome.trial,
    score: outcome.score,
    experiment: nameOf(outcome),
    values: Object.fromEntries(
      assignmentsOf(study, outcome.values).map(({ value = null }, i) => [
        study.parameters[i]!.name,
        toPlain(value),
      ]),
    ),
  }))
  const [best] = trials
  if (best === undefined || first === undefined) throw allFailed(study, outcomes)
  const isBetter = current.failure !== undefined || first.loss < current.loss
  const result: StageTuneResult = {
    stage: name,
    method: settings.method,
    metric: metric.text,
    direction,
    current: describeCurrent(study, current, nameOf),
    best,
    trials,
    failures: failuresOf(outcomes),
  }
  return { result, improvement: isBetter ? assignmentsOf(study, first.values) : [] }
}

function describeCurrent(
  { current }: StageStudy,
  outcome: RecordedOutcome,
  nameOf: NameOf,
): StageTrial | undefined {
  if (outcome.failure !== undefined) return undefined
  const values = Object.fromEntries(Array.from(current, ([name, value]) => [name, toPlain(value)]))
  return { score: outcome.score, experiment: nameOf(outcome), values }
}

function currentFails(
  { name }: StageStudy,
  { failure, log }: { readonly failure: string; readonly log: string | undefined },
): ToolkitError {
  return new ToolkitError(
    'PIPELINE_STAGE_FAILED',
    `'${name}' fails with the values that it has now, so no trial was run: ${failure}`,
    {
      hint: log === undefined ? 'mend it, and run the same again' : `read ${log}`,
      details: { log },
    },
  )
}

function allFailed({ name }: StageStudy, outcomes: readonly RecordedOutcome[]): ToolkitError {
  const failures = failuresOf(outcomes)
  return new ToolkitError(
    'PIPELINE_STAGE_FAILED',
    `all ${failures.length} trials of '${name}' failed, the first with ${failures[0]?.reason}`,
    { hint: 'see what the ranges allow, and the logs named above', details: { failures } },
  )
}
