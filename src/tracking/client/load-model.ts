/** Models by their addresses: where they lie, and their files. */

import { ToolkitError } from '../../core/errors.ts'
import type {
  ArtifactOwner,
  ArtifactTracking,
  ModelVersion,
  Tracking,
} from '../../core/tracking.ts'
import { listArtifactFiles } from '../list-artifact-files.ts'
import { writeLocalFolder } from './local-files-file.ts'
import { parseModelAddress } from './model-address.ts'

/** A model folder among the artifacts of a run or logged model. */
export interface ModelPlace {
  readonly owner: ArtifactOwner
  /** The folder; '' is the root. */
  readonly path: string
  /** Of the registry, when the address was one of its. */
  readonly version: ModelVersion | undefined
}

/** A model folder in memory. */
export interface LoadedModel extends ModelPlace {
  /** By path below the folder: 'MLmodel', 'model.onnx', … */
  readonly files: ReadonlyMap<string, Uint8Array>
}

/** A version whose source is another version, and so on. */
const longestChain = 10

/**
 * Where the model of an address lies: `models:/name@champion`, `models:/name/3`,
 * `models:/name/latest`, `models:/m-…`, `runs:/<run>/<path>`.
 *
 * @throws {ToolkitError} `MODEL_NOT_FOUND`; `TRACKING_INVALID` for what is no address
 */
export async function findModel(tracking: Tracking, uri: string): Promise<ModelPlace> {
  return findPlace(tracking, uri, longestChain)
}

/** The files of a model, in memory. @throws {ToolkitError} as {@link findModel} */
export async function loadModel(tracking: Tracking, uri: string): Promise<LoadedModel> {
  const place = await findModel(tracking, uri)
  const files = new Map<string, Uint8Array>()
  for (const path of await listModelFiles(tracking, place, uri)) {
    const { content } = await tracking.openArtifact(place.owner, path)
    files.set(nameBelow(place, path), await readWhole(content))
  }
  return { ...place, files }
}

/**
 * Puts the files of a model into a folder, which appears whole or not at all.
 *
 * @throws {ToolkitError} as {@link findModel}; `FILE_WRITE_FAILED`, also when there is a folder already
 */
export async function downloadModel(
  tracking: Tracking,
  uri: string,
  folder: string,
): Promise<ModelPlace> {
  const place = await findModel(tracking, uri)
  const paths = await listModelFiles(tracking, place, uri)
  await writeLocalFolder(
    folder,
    paths.map((path) => ({
      name: nameBelow(place, path),
      open: async () => (await tracking.openArtifact(place.owner, path)).content,
    })),
  )
  return place
}

async function findPlace(tracking: Tracking, uri: string, chain: number): Promise<ModelPlace> {
  const address = parseModelAddress(uri)
  switch (address.kind) {
    case 'logged': {
      return { owner: { modelId: address.modelId }, path: '', version: undefined }
    }
    case 'run': {
      return findInRun(tracking, address)
    }
    case 'version': {
      const version = await tracking.findModelVersion(address.name, address.selector)
      return followVersion(tracking, uri, { version, chain })
    }
    case 'latest':
    case 'stage': {
      const versions = await tracking.listModelVersions(address.name)
      const version = versions.find(
        ({ stage }) =>
          address.kind === 'latest' || stage.toLowerCase() === address.stage.toLowerCase(),
      )
      return followVersion(tracking, uri, { version, chain })
    }
  }
}

async function followVersion(
  tracking: Tracking,
  uri: string,
  { version, chain }: { readonly version: ModelVersion | undefined; readonly chain: number },
): Promise<ModelPlace> {
  if (version === undefined) throw notRegistered(uri)
  if (version.modelId !== undefined) {
    return { owner: { modelId: version.modelId }, path: '', version }
  }
  const { runId, source } = version
  if (/^(?:models|runs):/.test(source) && chain > 0) {
    return { ...(await findPlace(tracking, source, chain - 1)), version }
  }
  const root = runId === undefined ? undefined : (await tracking.getRun(runId)).artifactUri
  if (runId === undefined || root === undefined || !source.startsWith(`${root}/`)) {
    throw modelMissing(uri, `its files lie at '${source}', which no tracker hands out`)
  }
  return { owner: { runId }, path: source.slice(root.length + 1), version }
}

/** In the run's own artifacts, as before MLflow 3; or a logged model that the run made under that name. */
async function findInRun(
  tracking: Tracking,
  { runId, path }: { readonly runId: string; readonly path: string },
): Promise<ModelPlace> {
  const own: ModelPlace = { owner: { runId }, path, version: undefined }
  if ((await tracking.listArtifacts(own.owner, path)).length > 0) return own
  const { experimentId, outputs } = await tracking.getRun(runId)
  for (const { modelId } of outputs.toReversed()) {
    const model = await tracking.getLoggedModel(modelId)
    if (model.name === path && model.experimentId === experimentId) {
      return { owner: { modelId }, path: '', version: undefined }
    }
  }
  throw modelMissing(`runs:/${runId}/${path}`, 'the run has no such folder and made no such model')
}

async function listModelFiles(
  tracking: ArtifactTracking,
  place: ModelPlace,
  uri: string,
): Promise<readonly string[]> {
  const paths = [...(await listArtifactFiles(tracking, place.owner, place.path)).keys()]
  if (paths.some((path) => nameBelow(place, path) === 'MLmodel')) return paths
  throw modelMissing(uri, `there is no file 'MLmodel' in its folder`)
}

async function readWhole(content: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of content) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function nameBelow({ path: folder }: ModelPlace, path: string): string {
  return folder === '' ? path : path.slice(folder.length + 1)
}

function notRegistered(uri: string): ToolkitError {
  return new ToolkitError('MODEL_NOT_FOUND', `the registry has no '${uri}'`, { details: { uri } })
}

function modelMissing(uri: string, why: string): ToolkitError {
  return new ToolkitError('MODEL_NOT_FOUND', `there is no model at '${uri}': ${why}`, {
    details: { uri },
  })
}
