/** A model folder as a logged model of a run, the way MLflow 3 does it. */

import type { Readable } from 'node:stream'
import { parse, stringify } from 'yaml'
import { ToolkitError } from '../../core/errors.ts'
import { isObject } from '../../core/json.ts'
import type { ModelVersion, Pairs, Tracking } from '../../core/tracking.ts'
import { listLocalFiles, openLocalFile } from './local-files-file.ts'
import { registerModel } from './register-model.ts'

/** A model to log. */
export interface NewLoggedModel {
  /** Of the logged model; without `/ : . % " '`. */
  readonly name: string
  /** A folder with a file `MLmodel` on this machine, or the files of one by their relative paths. */
  readonly model: string | ReadonlyMap<string, Uint8Array | string>
  readonly modelType?: string
  readonly params?: Pairs
  readonly tags?: Pairs
  /** Of the training it is from; 0 by default. */
  readonly step?: number
  /** Registered as the next version of this name. */
  readonly registeredName?: string
  /** Move to the new version; needs `registeredName`. */
  readonly aliases?: readonly string[]
  /** Why, for the registry's audit log. */
  readonly reason?: string
}

/** What became of it. */
export interface LogModelResult {
  readonly modelId: string
  /** `models:/m-…`, which Python's `mlflow` loads too. */
  readonly modelUri: string
  readonly version: ModelVersion | undefined
}

type ModelFiles = ReadonlyMap<string, () => Uint8Array | Readable>

const manifestName = 'MLmodel'

/**
 * Stores the files, names run and model in the manifest, and marks the model as ready; one that
 * could not be stored whole is marked as failed.
 *
 * @throws {ToolkitError} `MODEL_INVALID` for a folder without a manifest
 */
export async function logModel(
  tracking: Tracking,
  run: { readonly runId: string; readonly experimentId: string },
  model: NewLoggedModel,
  clock: () => number,
): Promise<LogModelResult> {
  const files = await readModelFiles(model.model)
  const manifest = await readManifest(files)
  const { runId, experimentId } = run
  const { modelId } = await tracking.createLoggedModel({
    experimentId,
    name: model.name,
    modelType: model.modelType,
    sourceRunId: runId,
    params: model.params ?? {},
    tags: model.tags ?? {},
  })
  try {
    const owner = { modelId }
    for (const [name, open] of files) {
      if (name !== manifestName) await tracking.writeArtifact(owner, name, open())
    }
    const named = stringify({ ...manifest, model_id: modelId, run_id: runId })
    await tracking.writeArtifact(owner, manifestName, Buffer.from(named))
  } catch (error) {
    await tracking.finishLoggedModel(modelId, 'LOGGED_MODEL_UPLOAD_FAILED')
    throw error
  }
  await tracking.finishLoggedModel(modelId, 'LOGGED_MODEL_READY')
  await tracking.logOutputs(runId, [{ modelId, step: model.step ?? 0 }])
  const modelUri = `models:/${modelId}`
  return { modelId, modelUri, version: await register(tracking, model, modelUri, clock) }
}

async function register(
  tracking: Tracking,
  { registeredName, aliases, reason }: NewLoggedModel,
  modelUri: string,
  clock: () => number,
): Promise<ModelVersion | undefined> {
  if (registeredName === undefined) return undefined
  return registerModel(tracking, {
    name: registeredName,
    modelUri,
    reason,
    timestamp: clock(),
    ...(aliases && { aliases }),
  })
}

async function readModelFiles(model: NewLoggedModel['model']): Promise<ModelFiles> {
  if (typeof model !== 'string') {
    return new Map([...model].map(([name, content]) => [name, () => Buffer.from(content)] as const))
  }
  const found = await listLocalFiles(model)
  return new Map(found.map((file) => [file.name, () => openLocalFile(file)] as const))
}

async function readManifest(files: ModelFiles): Promise<Readonly<Record<string, unknown>>> {
  const open = files.get(manifestName)
  const content = open?.()
  if (content === undefined) {
    throw new ToolkitError(
      'MODEL_INVALID',
      `there is no file '${manifestName}' in the model folder`,
      {
        details: { files: [...files.keys()] },
      },
    )
  }
  const chunks = content instanceof Uint8Array ? [content] : await content.toArray()
  let value: unknown
  try {
    value = parse(Buffer.concat(chunks).toString('utf8'))
  } catch (cause) {
    throw new ToolkitError('MODEL_INVALID', `'${manifestName}' is no YAML`, { cause })
  }
  if (isObject(value)) return value
  throw new ToolkitError('MODEL_INVALID', `'${manifestName}' holds no manifest`)
}
