/** The registry in the folder `models` of MLflow's old file store. */

import { join } from 'node:path'
import type { ModelVersion, RegisteredModel } from '../../core/tracking.ts'
import { listFolders, readMeta, readPairs, reportOn, type Problems } from './mlruns-walk-file.ts'
import { parseStage } from './mlruns-records.ts'

/** A registered model and its versions, the oldest first. */
export interface MlrunsModel {
  readonly model: RegisteredModel
  readonly versions: readonly ModelVersion[]
}

/** `undefined` when its record is unreadable. */
export function readRegisteredModel(folder: string, problems: Problems): MlrunsModel | undefined {
  const meta = readMeta(folder, problems)
  if (meta === undefined) return undefined
  const name = meta.text('name')
  if (name === '') reportOn(problems, join(folder, 'meta.yaml'))(`'name' is missing`)
  const aliases = readPairs(join(folder, 'aliases'), problems)
  const model: RegisteredModel = {
    name,
    creationTimestamp: meta.integer('creation_timestamp') ?? 0,
    lastUpdatedTimestamp: meta.integer('last_updated_timestamp') ?? 0,
    description: meta.text('description'),
    aliases: Object.fromEntries(
      Object.entries(aliases).map(([alias, version]) => [alias, version.trim()]),
    ),
    tags: readPairs(join(folder, 'tags'), problems),
    latestVersions: [],
  }
  const versions = listFolders(folder)
    .flatMap((entry) => /^version-(\d+)$/.exec(entry)?.[1] ?? [])
    .toSorted((a, b) => Number(a) - Number(b))
    .flatMap((version) => readVersion(folder, { name, version, problems }) ?? [])
  return { model, versions }
}

/** `undefined` when it is deleted, or its record is unreadable. */
function readVersion(
  modelFolder: string,
  asked: { readonly name: string; readonly version: string; readonly problems: Problems },
): ModelVersion | undefined {
  const { name, version, problems } = asked
  const folder = join(modelFolder, `version-${version}`)
  const meta = readMeta(folder, problems)
  const stage = meta && parseStage(meta, reportOn(problems, join(folder, 'meta.yaml')))
  if (meta === undefined || stage === undefined) return undefined
  return {
    name,
    version,
    runId: meta.text('run_id') || undefined,
    modelId: meta.text('model_id') || undefined,
    source: meta.text('source'),
    runLink: meta.text('run_link'),
    userId: meta.text('user_id'),
    stage,
    description: meta.text('description'),
    creationTimestamp: meta.integer('creation_timestamp') ?? 0,
    lastUpdatedTimestamp: meta.integer('last_updated_timestamp') ?? 0,
    aliases: [],
    tags: readPairs(join(folder, 'tags'), problems),
  }
}
