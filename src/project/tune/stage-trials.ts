/** Trials of a stage: experiments of their own, with the metric that each has in the end. */

import { relative } from 'node:path'
import { isObject, parseJsonText } from '../../core/json.ts'
import { openContent } from '../../pipeline/compare/content-file.ts'
import { readMetrics } from '../../pipeline/compare/read-metrics.ts'
import {
  openExperimentSession,
  planNamedExperiment,
  readParameterFiles,
  type Assignment,
  type ExperimentSession,
} from '../../pipeline/experiments/index.ts'
import { openHistory } from '../../pipeline/repository/revision-process.ts'
import { describeYamlValue } from '../../pipeline/yaml/yaml-value.ts'
import type { TrialValues } from '../../training/tune/search-space.ts'
import { interruption } from './interruption.ts'
import { findMetric } from './metric-value.ts'
import type { StageStudy } from './stage-study-file.ts'
import { tuneTags } from './tune-outcomes.ts'

/** Runs trials; disposing it removes what they worked in. */
export interface StageTrials extends AsyncDisposable {
  /**
   * Runs the stages with these values, of none with those of the parameter files.
   *
   * @param runId - of the trial: runs that MLflow's client starts in the stages lie below it
   */
  evaluate(experiment: string, values: TrialValues, runId: string): Promise<TrialAnswer>
}

/** The metric, or why there is none, and whether that is because stages failed. */
export type TrialAnswer =
  | { readonly scores: readonly [number] }
  | { readonly failure: string; readonly hasNoMetric: boolean; readonly log: string | undefined }

/** How the stages of trials run. */
export type TrialOptions = Omit<
  Parameters<typeof openExperimentSession>[0],
  'targets' | 'force' | 'message' | 'runFlags'
>

/**
 * Takes down the files as they are now: what is edited while trials run changes none of them.
 *
 * @throws {ToolkitError} `GIT_FAILED` where git keeps no experiments, `CLI_USAGE`, `FILE_MISSING`
 */
export async function openStageTrials(
  study: StageStudy,
  options: TrialOptions,
): Promise<StageTrials> {
  await using resources = new AsyncDisposableStack()
  const session = resources.use(
    await openExperimentSession({
      ...options,
      targets: [study.target],
      force: false,
      message: undefined,
    }),
  )
  const { repository, builder, start } = session
  const assigned = study.parameters.map(({ file }) => ({ file, kind: 'change' as const }))
  const files = readParameterFiles(repository, assigned)
  const held = resources.move()
  return {
    evaluate: async (name, values, runId) => {
      const assignments = assignmentsOf(study, values)
      const planned = planNamedExperiment(repository, builder, { name, start, files, assignments })
      const {
        outcome,
        commit,
        reason,
        log: path,
      } = await session.run(planned, belowRun(runId, options.env))
      const log = path && relative(repository.directory, path)
      if (outcome === 'interrupted') throw interruption(options.signal)
      if (commit !== undefined) return { log, ...readScore(session, study, commit) }
      const failure = reason?.replace(/^error \w+: /, '') ?? 'its stages failed'
      return { failure, hasNoMetric: true, log }
    },
    [Symbol.asyncDispose]: async () => held.disposeAsync(),
  }
}

/** MLflow's client gives these tags to every run that it starts, but for those it has of its own; what is there stays. */
function belowRun(runId: string, env: TrialOptions['env']): Readonly<Record<string, string>> {
  const parent = { [tuneTags.parent]: runId }
  return {
    MLFLOW_RUN_CONTEXT: JSON.stringify({ ...parent, ...parseTags(env['MLFLOW_RUN_CONTEXT']) }),
  }
}

function parseTags(text = '{}'): object {
  const tags = parseJsonText(text)
  return isObject(tags) ? tags : {} // MLflow's client does not take others either, and says so.
}

/** What a trial writes into the parameter files. */
export function assignmentsOf(
  { parameters }: Pick<StageStudy, 'parameters'>,
  values: TrialValues,
): readonly Assignment[] {
  return parameters.flatMap(({ name, file, key, toYaml }) => {
    const value = values[name]
    return value === undefined ? [] : [{ file, key, kind: 'change' as const, value: toYaml(value) }]
  })
}

function readScore(
  { repository }: ExperimentSession,
  { metric }: StageStudy,
  commit: string,
): { readonly scores: readonly [number] } | { readonly failure: string; hasNoMetric: boolean } {
  const content = openContent(repository, commit, () => openHistory(repository))
  const [result] = readMetrics(content, [metric.file]).values()
  if (result?.kind !== 'values') {
    const said = result?.error.message ?? `there is no file '${metric.file}'`
    return { failure: said, hasNoMetric: true }
  }
  const value = findMetric(result.values, metric.key)
  if (value === undefined) {
    return { failure: `'${metric.file}' has no '${metric.key}'`, hasNoMetric: true }
  }
  const score = typeof value === 'bigint' ? Number(value) : value
  if (typeof score === 'number' && Number.isFinite(score)) return { scores: [score] }
  const failure = `'${metric.text}' is ${describeYamlValue(value)}, expected a finite number`
  return { failure, hasNoMetric: typeof score !== 'number' }
}
