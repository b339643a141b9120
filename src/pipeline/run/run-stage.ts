/** Acts on one stage: runs it, restores it, or leaves it. Each happens wholly or not at all. */

import { delimiter, join } from 'node:path'
import { ToolkitError } from '../../core/errors.ts'
import { moveAside } from './aside-store.ts'
import { restoreFromCache, saveToCache } from '../cache/cache-store.ts'
import { formatLockWith, type Fingerprint } from '../stages/dvc-lock.ts'
import type { Outcome, PipelineEvent } from './events.ts'
import { ignoreOutput } from '../repository/gitignore-file.ts'
import type { PathContent } from '../cache/hash-file.ts'
import { hashPaths, observeInputs, type Observation, type ObservedInputs } from './observe.ts'
import { readPipelineLock, writePipelineLock } from '../repository/pipeline-file.ts'
import type { Decision } from './plan.ts'
import { commandsOf, type Stage } from '../stages/stage.ts'
import { openStageLog, runCommand, type CommandResult } from './stage-process.ts'
import type { Watchdog } from './watchdog-process.ts'
import type { Workspace } from '../repository/workspace-file.ts'
import { areYamlValuesEqual, type YamlValue } from '../yaml/yaml-value.ts'

/** What the stages of one run share. */
export interface StageRun {
  readonly workspace: Workspace
  readonly watchdog: Watchdog
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal | undefined
  readonly report: (event: PipelineEvent) => void
}

/**
 * Does what was decided for a stage.
 *
 * @throws {ToolkitError} `FILE_MISSING`, `PIPELINE_INVALID`, `PIPELINE_STAGE_FAILED`;
 * the stage's outputs are then as they were before.
 */
export async function actOnStage(
  stage: Stage,
  { action, reasons }: Decision,
  observation: Observation,
  run: StageRun,
): Promise<Outcome> {
  if (action === 'skip') {
    await refillCache(stage, observation, run)
    return 'unchanged'
  }
  if (action === 'restore' && (await restoreOutputs(stage, observation, run))) return 'restored'
  run.report({ kind: 'stage-started', stage: stage.name, reasons })
  await runStage(stage, observation, run)
  return 'ran'
}

/** Outputs that are right but whose cached copies are gone, as after deleting the cache, are saved again. */
async function refillCache(
  stage: Stage,
  { contents, record }: Observation,
  { workspace }: StageRun,
): Promise<void> {
  for (const { path, location, isCached } of stage.outputs) {
    const content = contents.get(path)
    const isRecorded = content?.fingerprint.md5 === record?.outputs.get(path)?.md5
    if (isCached && content !== undefined && isRecorded) {
      await saveToCache(workspace, location, content)
    }
  }
}

/** False when the cache turns out to be damaged; the stage has to run then. */
async function restoreOutputs(
  stage: Stage,
  { record, outputs }: Observation,
  { workspace }: StageRun,
): Promise<boolean> {
  for (const { path, location } of stage.outputs) {
    const recorded = record?.outputs.get(path)
    if (recorded?.md5 === undefined) return false
    if (outputs.get(path)?.md5 === recorded.md5) continue
    const target = { location, isExecutable: recorded.isExecutable }
    if (!(await restoreFromCache(workspace, recorded.md5, target))) return false
    await ignoreOutput(workspace, location)
  }
  return true
}

async function runStage(stage: Stage, observation: Observation, run: StageRun): Promise<void> {
  const { workspace } = run
  const inputs = checkInputs(stage, observation)
  const aside = await moveAside(workspace, stage)
  try {
    await runCommands(stage, run)
    await checkInputsKept(stage, inputs, run)
    const contents = await readOutputs(stage, run)
    await keepOutputs(stage, contents, workspace)
    const outputs = new Map(
      Array.from(contents, ([path, content]) => [path, content.fingerprint] as const),
    )
    const lock = await readPipelineLock(workspace)
    await writePipelineLock(workspace, formatLockWith(lock, stage, { ...inputs, outputs }))
  } catch (error) {
    await aside.restore()
    throw error
  }
  await aside.drop()
}

interface PresentInputs {
  readonly dependencies: ReadonlyMap<string, Fingerprint>
  readonly parameters: ReadonlyMap<string, ReadonlyMap<string, YamlValue>>
}

/** @throws {ToolkitError} `FILE_MISSING` or, for parameters, `PIPELINE_INVALID`; naming all that is missing */
function checkInputs(stage: Stage, inputs: ObservedInputs): PresentInputs {
  const dependencies = new Map<string, Fingerprint>()
  const parameters = new Map<string, ReadonlyMap<string, YamlValue>>()
  const missingFiles: string[] = []
  const missingKeys: string[] = []
  for (const [path, fingerprint] of inputs.dependencies) {
    if (fingerprint === undefined) missingFiles.push(path)
    else dependencies.set(path, fingerprint)
  }
  for (const { path, keys = [] } of stage.parameters) {
    const values = inputs.parameters.get(path)
    if (values === undefined) missingFiles.push(path)
    else parameters.set(path, values)
    missingKeys.push(
      ...keys.filter((key) => values?.has(key) === false).map((key) => `${path}:${key}`),
    )
  }
  if (missingFiles.length > 0 || missingKeys.length > 0) {
    throw missingError(stage, missingFiles, missingKeys)
  }
  return { dependencies, parameters }
}

function missingError(
  stage: Stage,
  missingFiles: readonly string[],
  missingKeys: readonly string[],
): ToolkitError {
  const { file, line, column } = stage.place
  const names = [...missingFiles, ...missingKeys].map((name) => `'${name}'`).join(', ')
  const exists = missingFiles.length + missingKeys.length === 1 ? 'does not exist' : 'do not exist'
  const code = missingFiles.length > 0 ? 'FILE_MISSING' : 'PIPELINE_INVALID'
  return new ToolkitError(
    code,
    `${file}:${line}:${column}: stage '${stage.name}' needs ${names}, which ${exists}`,
    {
      hint: `create it, or correct 'deps' and 'params'`,
      details: { stage: stage.name, missingFiles, missingKeys },
    },
  )
}

async function runCommands(stage: Stage, run: StageRun): Promise<void> {
  const { workspace, signal, watchdog, report } = run
  const logPath = join(workspace.stateFolder, 'logs', `${logNameOf(stage)}.log`)
  await using log = await openStageLog(logPath)
  const options = {
    workingFolder: stage.workingFolder,
    environment: environmentOf(stage, run),
    signal,
    watchdog,
    onOutput: (stream: 'stdout' | 'stderr', text: string) => {
      log.write(text)
      report({ kind: 'stage-output', stage: stage.name, stream, text })
    },
  }
  for (const command of commandsOf(stage)) {
    signal?.throwIfAborted()
    report({ kind: 'command-started', stage: stage.name, command })
    const result = await runCommand(command, options)
    signal?.throwIfAborted()
    if (result.exitCode !== 0) throw commandError(stage, command, result)
  }
}

/** Stage names may hold slashes. */
function logNameOf(stage: Stage): string {
  return encodeURIComponent(stage.name).replaceAll('%40', '@').replaceAll('%20', ' ')
}

function environmentOf(
  stage: Stage,
  { workspace, environment }: StageRun,
): Readonly<Record<string, string | undefined>> {
  const paths = [workspace.binFolder, environment['PATH']].filter((path) => path !== undefined)
  return {
    ...environment,
    PATH: paths.join(delimiter),
    DVC_ROOT: workspace.root,
    DVC_STAGE: stage.name,
  }
}

function commandError(stage: Stage, command: string, result: CommandResult): ToolkitError {
  const { exitCode, signalName, lastLines } = result
  const how = exitCode === undefined ? `was ended by ${signalName}` : `exited with ${exitCode}`
  return new ToolkitError(
    'PIPELINE_STAGE_FAILED',
    `stage '${stage.name}' failed: '${command}' ${how}`,
    {
      hint: `its outputs are as they were before; what it printed is in .dvc/tmp/mlpt/logs/${logNameOf(stage)}.log`,
      details: { stage: stage.name, command, exitCode, signalName, lastLines },
      // 3 means that a check said no, and whoever called the run wants to know.
      exitCode: exitCode === 3 ? 3 : 1,
    },
  )
}

/** @throws {ToolkitError} `PIPELINE_STAGE_FAILED` when an input is no longer what the stage began with */
async function checkInputsKept(
  stage: Stage,
  before: PresentInputs,
  { workspace, signal }: StageRun,
): Promise<void> {
  const after = await observeInputs(stage, workspace, signal)
  const changed = [
    ...[...before.dependencies].filter(
      ([path, { md5 }]) => after.dependencies.get(path)?.md5 !== md5,
    ),
    ...[...before.parameters].filter(
      ([path, values]) =>
        !areYamlValuesEqual(new Map(values), new Map(after.parameters.get(path) ?? [])),
    ),
  ].map(([path]) => path)
  if (changed.length === 0) return
  const names = changed.map((path) => `'${path}'`).join(', ')
  throw new ToolkitError(
    'PIPELINE_STAGE_FAILED',
    `${names} changed while stage '${stage.name}' ran, so nobody knows what it read`,
    {
      hint: 'run again; if the stage itself writes there, make it an output',
      details: { stage: stage.name, changed },
    },
  )
}

/** @throws {ToolkitError} `PIPELINE_STAGE_FAILED` when the stage did not write all it promised */
async function readOutputs(
  stage: Stage,
  { signal }: StageRun,
): Promise<ReadonlyMap<string, PathContent>> {
  const contents = await hashPaths(stage.outputs, signal)
  const missing = stage.outputs.filter(({ path }) => !contents.has(path)).map(({ path }) => path)
  if (missing.length === 0) return contents
  const names = missing.map((path) => `'${path}'`).join(', ')
  throw new ToolkitError('PIPELINE_STAGE_FAILED', `stage '${stage.name}' did not write ${names}`, {
    hint: `write it in 'cmd', or correct 'outs'`,
    details: { stage: stage.name, missing },
  })
}

async function keepOutputs(
  stage: Stage,
  contents: ReadonlyMap<string, PathContent>,
  workspace: Workspace,
): Promise<void> {
  for (const { path, location, isCached } of stage.outputs) {
    const content = contents.get(path)
    if (!isCached || content === undefined) continue
    await saveToCache(workspace, location, content)
    await ignoreOutput(workspace, location)
  }
}
