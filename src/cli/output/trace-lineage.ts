/** Where the model of a prediction comes from, link by link, as the tracker tells it. */

import { ToolkitError } from '../../core/errors.ts'
import type { ModelOutput } from '../../core/predictor.ts'
import type { ModelVersion, Run, Tracking } from '../../core/tracking.ts'
import { registryTags } from '../../training/registry.ts'
import { findRun, lineageOf } from './lineage.ts'
import { openTracker, placeOf, type TrackerFlags } from '../flags/tracker-flags.ts'

/** What a prediction says of its model. */
interface NamedModel {
  readonly model: string
  readonly version: string | null
  readonly digest: string
}

/** The links that are there, and in words those that are not. */
export interface TracedLineage {
  readonly version: Pick<ModelVersion, 'name' | 'version' | 'aliases' | 'description'> | null
  readonly run: Pick<Run, 'runId' | 'runName' | 'status' | 'params' | 'metrics'> | null
  readonly dataHash: string | null
  readonly commit: string | null
  /** SHA-256 of the dvc.lock that the model was made under. */
  readonly lockHash: string | null
  /** What the model gives, as the version that answered says; null where that is not known. */
  readonly output: ModelOutput | null
  readonly missing: readonly string[]
}

/** Follows a model to its version, run, data and commit, as far as they are known. */
export async function traceLineage(named: NamedModel, flags: TrackerFlags): Promise<TracedLineage> {
  try {
    await using tracking = await openTracker(flags)
    const { version, problem } = await findVersion(tracking, named)
    if (version === undefined) return nothing(problem)
    const told = describeLineage(version, await findRun(tracking, version), problem)
    return { ...told, output: await outputOf(tracking, version, named) }
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error
    return nothing(`the tracker at ${placeOf(flags)} cannot be asked: ${error.message}`)
  }
}

function nothing(problem: string | undefined): TracedLineage {
  const missing = problem === undefined ? [] : [problem]
  const links = { version: null, run: null, dataHash: null, commit: null, lockHash: null }
  return { ...links, output: null, missing }
}

/** A model of another digest may call its classes otherwise. */
async function outputOf(
  tracking: Tracking,
  { name, version }: ModelVersion,
  { digest }: NamedModel,
): Promise<ModelOutput | null> {
  const { readModelParts } = await import('../../project/served-model.ts')
  const { describeModel, digestOf } = await import('../../model/index.ts')
  try {
    const parts = await readModelParts(tracking, `models:/${name}/${version}`)
    const isSame = digestOf(parts.onnx) === digest
    return isSame ? (describeModel(parts, parts.place).output ?? { kind: 'probability' }) : null
  } catch (error) {
    // Files that are gone, or are no model: the numbers are told.
    if (error instanceof ToolkitError) return null
    throw error
  }
}

interface FoundVersion {
  readonly version?: ModelVersion
  readonly problem?: string
}

/** The version that answered; by its digest where the server did not know its number. */
async function findVersion(
  tracking: Tracking,
  { model, version, digest }: NamedModel,
): Promise<FoundVersion> {
  const versions = await tracking.listModelVersions(model)
  if (version === null) {
    const same = versions.find(({ tags }) => tags[registryTags.digest] === digest)
    if (same !== undefined) return { version: same }
    return {
      problem: `no version of '${model}' in the registry has the digest of the model, which was served from a folder`,
    }
  }
  const found = versions.find((candidate) => candidate.version === version)
  if (found === undefined) {
    return { problem: `the registry has no version ${version} of '${model}' (any more)` }
  }
  const registered = found.tags[registryTags.digest]
  if (registered === undefined || registered === digest) return { version: found }
  return {
    version: found,
    problem: `the registry's version ${version} has another digest (${registered.slice(0, 12)}…) than the model that answered: it is of another registry`,
  }
}

function describeLineage(
  version: ModelVersion,
  run: Run | undefined,
  problem: string | undefined,
): Omit<TracedLineage, 'output'> {
  const { runId, dataHash, commit, lockHash } = lineageOf(version, run)
  const noRun = runId === undefined ? 'the version names no run' : `its run ${runId} is gone`
  const links = { 'hash of the data': dataHash, 'git commit': commit, 'hash of dvc.lock': lockHash }
  const unknown = Object.entries(links).filter(([, value]) => value === undefined)
  return {
    version: {
      name: version.name,
      version: version.version,
      aliases: version.aliases,
      description: version.description,
    },
    run: run === undefined ? null : briefRun(run),
    dataHash: dataHash ?? null,
    commit: commit ?? null,
    lockHash: lockHash ?? null,
    missing: [
      ...(problem === undefined ? [] : [problem]),
      ...(run === undefined ? [noRun] : []),
      ...unknown.map(([name]) => `neither version nor run tell the ${name}`),
    ],
  }
}

function briefRun({
  runId,
  runName,
  status,
  params,
  metrics,
}: Run): NonNullable<TracedLineage['run']> {
  return { runId, runName, status, params, metrics }
}
