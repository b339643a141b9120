/** Inputs before and after a stage: all there, and the same. */

import { isDeepStrictEqual } from 'node:util'
import { ToolkitError } from '../../core/errors.ts'
import type { Fingerprint } from '../stages/record.ts'
import { nameStage } from '../stages/graph.ts'
import type { Stage } from '../stages/stage.ts'
import type { YamlValue } from '../yaml/yaml-value.ts'
import { observeInputs, type Observation } from './observe.ts'
import type { ReadAddress } from './read-address.ts'
import type { StageRun } from './stage-run.ts'

/** What a stage reads, none of it missing. */
export interface PresentInputs {
  readonly dependencies: ReadonlyMap<string, Fingerprint>
  readonly parameters: ReadonlyMap<string, ReadonlyMap<string, YamlValue>>
  /** The hash that DVC 2 recorded of a dependency which is still the same. */
  readonly legacyHashes: ReadonlyMap<string, string>
}

/** @throws {ToolkitError} `FILE_MISSING` or, for parameters, `PIPELINE_INVALID`; naming all that is missing */
export function checkInputs(stage: Stage, inputs: Observation): PresentInputs {
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
  return { dependencies, parameters, legacyHashes: legacyHashesOf(inputs) }
}

/** The hashes that DVC 2 recorded of dependencies which are still the same. */
export function legacyHashesOf({ record, alike }: Observation): ReadonlyMap<string, string> {
  const recorded = Array.from(record?.dependencies ?? [], ([path, { md5, isLegacy }]) =>
    isLegacy && md5 !== undefined && alike.has(path) ? [[path, md5] as const] : [],
  )
  return new Map(recorded.flat())
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
    `${file}:${line}:${column}: ${nameStage(stage)} needs ${names}, which ${exists}`,
    {
      hint: `create it, or correct 'deps' and 'params'`,
      details: { stage: stage.address, missingFiles, missingKeys },
    },
  )
}

/**
 * What lies at an address is not asked for again: it is recorded as it was before, so that the
 * stage runs once more if the server has something else by now.
 *
 * @throws {ToolkitError} `PIPELINE_STAGE_FAILED` when an input is no longer what the stage began with
 */
export async function checkInputsKept(
  stage: Stage,
  before: PresentInputs,
  run: StageRun,
): Promise<void> {
  const readAddress: ReadAddress = async (address) => before.dependencies.get(address)
  const after = await observeInputs(stage, { ...run, readAddress })
  const changed = [
    ...[...before.dependencies].filter(
      ([path, { md5 }]) => after.dependencies.get(path)?.md5 !== md5,
    ),
    // Not as Python compares: NaN has stayed what it was, and `true` in place of `1` is an edit.
    ...[...before.parameters].filter(
      ([path, values]) => !isDeepStrictEqual(new Map(values), new Map(after.parameters.get(path))),
    ),
  ].map(([path]) => path)
  if (changed.length === 0) return
  const names = changed.map((path) => `'${path}'`).join(', ')
  throw new ToolkitError(
    'PIPELINE_STAGE_FAILED',
    `${names} changed while ${nameStage(stage)} ran, so nobody knows what it read`,
    {
      hint: 'run again; if the stage itself writes there, make it an output',
      details: { stage: stage.address, changed },
    },
  )
}

/** Added data that is neither in the work tree nor in the cache. */
export function missingDataError(stage: Stage): ToolkitError {
  const paths = stage.outputs.map(({ path }) => `'${path}'`).join(', ')
  return new ToolkitError(
    'FILE_MISSING',
    `${paths} of ${nameStage(stage)} is neither there nor in the cache`,
    { hint: `get it from a remote: mlpt pull ${stage.address}`, details: { stage: stage.address } },
  )
}
