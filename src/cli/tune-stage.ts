/** `mlpt tune` for a stage of dvc.yaml: any program, with or without a project.ts. */

import { availableParallelism } from 'node:os'
import { basename, resolve } from 'node:path'
import { formatJson } from '../core/json.ts'
import { formatTable } from '../pipeline/compare/text-table.ts'
import type { StageTrial, StageTuneResult } from '../project/tune/tune-stage.ts'
import { openCurrentRepository } from './contexts/open-repository.ts'
import {
  ownProcess,
  readGitCommit,
  storeDirectory,
  trackerPlace,
} from './contexts/project-context.ts'
import { openPlace } from './flags/tracker-flags.ts'
import { fitLines } from './output/run-tables.ts'

/** What was asked for. */
export interface StageTuneFlags {
  readonly jobs: number
  /** Trials in the table. */
  readonly top: number
  readonly apply?: boolean
  readonly json?: boolean
  readonly output?: string
  readonly signal: AbortSignal
}

/** Tunes a stage of the current folder, and prints what was found. */
export async function tuneStageHere(name: string, flags: StageTuneFlags): Promise<void> {
  const directory = process.cwd()
  const { tuneStage } = await import('../project/tune/tune-stage.ts')
  const storeFolder = resolve(storeDirectory(undefined))
  await using tracking = await openPlace(trackerPlace({}), { mustExist: false })
  const gitCommit = readGitCommit(directory)
  const own = ownProcess()
  const { result, improvement } = await tuneStage(name, {
    repository: await openCurrentRepository(),
    jobs: flags.jobs,
    stageJobs: Math.max(1, Math.floor(availableParallelism() / flags.jobs)),
    program: [process.execPath, ...process.execArgv, process.argv[1] ?? 'mlpt'],
    storeFolder,
    env: process.env,
    ...own,
    signal: flags.signal,
    clock: Date.now,
    report: () => undefined,
    home: {
      ...own,
      tracking,
      now: Date.now,
      experimentName: await nameExperiment(directory),
      tags: gitCommit === undefined ? {} : { 'mlflow.source.git.commit': gitCommit },
    },
    log,
  })
  if (flags.output !== undefined) {
    const { writeJson } = await import('../core/json-file.ts')
    await writeJson(resolve(flags.output), result)
  }
  process.stdout.write(flags.json === true ? formatJson(result) : renderResult(result, flags.top))
  if (flags.apply !== true) return
  if (improvement.length === 0) {
    log('nothing applied: no trial is better than the values that are there')
    return
  }
  const { applyToFiles } = await import('../project/tune/tune-apply-file.ts')
  await applyToFiles(directory, improvement)
  const files = [...new Set(improvement.map(({ file }) => file))].join(' and ')
  log(`${files} has the values of trial ${result.best.trial}: mlpt run runs with them`)
}

function log(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** The project's name; without a project.ts the folder's. */
async function nameExperiment(directory: string): Promise<string> {
  const { hasProject, loadProject } = await import('../project/project-file.ts')
  return (await hasProject(directory)) ? (await loadProject(directory)).name : basename(directory)
}

function renderResult(result: StageTuneResult, top: number): string {
  const { metric, current, trials, failures } = result
  const names = Object.keys(result.best.values)
  const cells = (name: string, { score, values, experiment }: StageTrial): string[] => [
    name,
    String(score),
    ...names.map((parameter) => formatValue(values[parameter])),
    experiment,
  ]
  const rows = trials.slice(0, top).map((trial) => cells(String(trial.trial), trial))
  const now = current === undefined ? [] : [cells('now', current)]
  const table = formatTable({
    header: ['trial', metric, ...names, 'experiment'],
    rows: [...rows, ...now],
  })
  const failed = failures.length === 0 ? '' : `, ${failures.length} failed`
  return `${fitLines(table, Infinity)}${trials.length} trials${failed}\n`
}

function formatValue(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
