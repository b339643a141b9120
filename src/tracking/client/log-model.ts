/** A model folder as a logged model of a run, the way MLflow 3 does it. */

import type { Readable } from 'node:stream'
import { parse, stringify } from 'yaml'
import { ToolkitError } from '../../core/errors.ts'
import { isObject } from '../../core/json.ts'
import type { ArtifactOwner, ModelVersion, Pairs, Tracking } from '../../core/tracking.ts'
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
  /** `undefined` on servers before MLflow 3, which know no logged models. */
  readonly modelId: string | undefined
  /** `models:/m-…`, or `runs:/<run>/<name>` before MLflow 3; Python's `mlflow` loads it too. */
  readonly modelUri: string
  readonly version: ModelVersion | undefined
}

interface ModelFile {
  readonly sizeBytes: number
  readonly open: () => Uint8Array | Readable
}

type ModelFiles = ReadonlyMap<string, ModelFile>

const manifestName = 'MLmodel'

/**
 * Stores the files, names run and model in the manifest, and marks the model as ready; one that
 * could not be stored whole is marked as failed. A server before MLflow 3 gets the folder among
 * the run's artifacts.
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
  const { runId } = run
  const modelId = await createLoggedModel(tracking, run, model)
  if (modelId === undefined) {
    const folder = { owner: { runId }, prefix: `${model.name}/` }
    await writeModel(tracking, folder, files, { ...manifest, run_id: runId })
  } else {
    const named = { ...manifest, model_id: modelId, run_id: runId }
    await writeLoggedModel(tracking, modelId, files, named)
    await tracking.logOutputs(runId, [{ modelId, step: model.step ?? 0 }])
  }
  const modelUri = modelId === undefined ? `runs:/${runId}/${model.name}` : `models:/${modelId}`
  return { modelId, modelUri, version: await register(tracking, model, modelUri, clock) }
}

/** @returns its id; `undefined` when the server has no such thing */
async function createLoggedModel(
  tracking: Tracking,
  { runId, experimentId }: { readonly runId: string; readonly experimentId: string },
  { name, modelType, params = {}, tags = {} }: NewLoggedModel,
): Promise<string | undefined> {
  try {
    const model = { experimentId, name, modelType, sourceRunId: runId, params, tags }
    return (await tracking.createLoggedModel(model)).modelId
  } catch (error) {
    if (isEndpointMissing(error)) return undefined
    throw error
  }
}

function isEndpointMissing(error: unknown): boolean {
  if (!(error instanceof ToolkitError) || error.code !== 'TRACKING_SERVER_FAILED') return false
  return error.details['status'] === 404
}

async function writeLoggedModel(
  tracking: Tracking,
  modelId: string,
  files: ModelFiles,
  manifest: object,
): Promise<void> {
  try {
    await writeModel(tracking, { owner: { modelId }, prefix: '' }, files, manifest)
  } catch (error) {
    await tracking.finishLoggedModel(modelId, 'LOGGED_MODEL_UPLOAD_FAILED')
    throw error
  }
  await tracking.finishLoggedModel(modelId, 'LOGGED_MODEL_READY')
}

/** The manifest last: a folder with one is whole. */
async function writeModel(
  tracking: Tracking,
  { owner, prefix }: { readonly owner: ArtifactOwner; readonly prefix: string },
  files: ModelFiles,
  manifest: object,
): Promise<void> {
  for (const [name, { open, sizeBytes }] of files) {
    if (name === manifestName) continue
    await tracking.writeArtifact(owner, prefix + name, open(), sizeBytes)
  }
  await tracking.writeArtifact(owner, prefix + manifestName, Buffer.from(stringify(manifest)))
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
    return new Map(
      [...model].map(([name, content]) => {
        const bytes = Buffer.from(content)
        return [name, { sizeBytes: bytes.length, open: () => bytes }] as const
      }),
    )
  }
  const found = await listLocalFiles(model)
  return new Map(
    found.map(
      (file) =>
        [file.name, { sizeBytes: file.sizeBytes, open: () => openLocalFile(file) }] as const,
    ),
  )
}

async function readManifest(files: ModelFiles): Promise<Readonly<Record<string, unknown>>> {
  const content = files.get(manifestName)?.open()
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
