/** MLflow's old file store, the folder `mlruns`, as a source of a copy. */

import { createReadStream, lstatSync } from 'node:fs'
import { basename, join } from 'node:path'
import { ToolkitError } from '../../core/errors.ts'
import type { ArtifactInfo, ArtifactOwner, Run } from '../../core/tracking.ts'
import { readRegisteredModel, type MlrunsModel } from './mlruns-registry-file.ts'
import { readExperiment, readMetricFile, type MlrunsExperiment } from './mlruns-runs-file.ts'
import { entriesOf, isFolder, listFolders, type Problems } from './mlruns-walk-file.ts'
import type { TransferSource } from './transfer-source.ts'

const registryFolder = 'models'
/** Where the file store puts the folders of deleted experiments. */
const trashFolder = '.trash'

/**
 * Reads a folder `mlruns`: everything but artifacts is read and checked before this returns, so
 * that nothing is copied of a folder that is damaged. Only files inside of the folder are ever opened.
 *
 * @throws {ToolkitError} `FILE_MISSING`; `TRACKING_STORE_INVALID`, naming all files that cannot be
 *   read, each with what is wrong.
 */
export function readMlruns(root: string): TransferSource {
  const problems: Problems = []
  const places = [root, join(root, trashFolder)].flatMap((folder) =>
    listFolders(folder)
      .filter((name) => isExperimentFolder(folder, name))
      .map((id) => ({ id, folder: join(folder, id) })),
  )
  const models = listFolders(join(root, registryFolder)).flatMap(
    (name) => readRegisteredModel(join(root, registryFolder, name), problems) ?? [],
  )
  if (places.length === 0 && models.length === 0) throw notMlruns(root)
  const experiments = new Map(
    places.flatMap(({ id, folder }) => {
      const experiment = readExperiment(folder, id, problems)
      return experiment === undefined ? [] : [[id, experiment] as const]
    }),
  )
  if (problems.length > 0) throw damaged(root, problems)
  return createSource(experiments, models)
}

/** Ids are numbers; the registry may have a model of any name. */
function isExperimentFolder(root: string, name: string): boolean {
  return /^\d+$/.test(name) && isFolder(join(root, name))
}

function notMlruns(root: string): ToolkitError {
  return new ToolkitError('FILE_MISSING', `'${root}' has no experiments of MLflow's file store`, {
    hint: `name the folder that MLflow logged to: 'mlruns', with a folder '0' in it`,
    details: { path: root },
  })
}

const shownProblems = 20

function damaged(root: string, problems: Problems): ToolkitError {
  const shown = problems.slice(0, shownProblems).map((problem) => `\n  ${problem}`)
  const more = problems.length - shown.length
  const rest = more > 0 ? `\n  and ${more} more` : ''
  return new ToolkitError(
    'TRACKING_STORE_INVALID',
    `'${root}' is damaged in ${problems.length} places, nothing was imported:${shown.join('')}${rest}`,
    { hint: 'mend or move these files, then import again', details: { problems } },
  )
}

function createSource(
  experiments: ReadonlyMap<string, MlrunsExperiment>,
  models: readonly MlrunsModel[],
): TransferSource {
  const all = [...experiments.values()]
  const runs = new Map(all.flatMap((experiment) => experiment.runs.map((run) => [run.runId, run])))
  const getRun = (runId: string): Run => {
    const run = runs.get(runId)
    if (run !== undefined) return run
    throw new ToolkitError('TRACKING_NOT_FOUND', `Run with id=${runId} not found`)
  }
  const loggedModels = new Map(
    all.flatMap(({ models: made }) => made.map((model) => [model.modelId, model])),
  )
  const folderOf = (experimentId: string): string => experiments.get(experimentId)!.folder
  const place = (owner: ArtifactOwner): string => {
    if ('runId' in owner) {
      const { experimentId, runId, artifactUri } = getRun(owner.runId)
      return artifactFolder(folderOf(experimentId), artifactUri, [runId, 'artifacts'])
    }
    const model = loggedModels.get(owner.modelId)
    if (model === undefined) {
      throw new ToolkitError(
        'TRACKING_NOT_FOUND',
        `Logged model with ID '${owner.modelId}' not found`,
      )
    }
    const { experimentId, modelId, artifactUri } = model
    return artifactFolder(folderOf(experimentId), artifactUri, ['models', modelId, 'artifacts'])
  }
  return {
    listExperiments: () => stream(all.map(({ experiment }) => experiment)),
    listRuns: (experimentId, since = 0) =>
      stream(
        experiments.get(experimentId)?.runs.filter(({ startTime }) => startTime >= since) ?? [],
      ),
    getRun: async (runId) => getRun(runId),
    readHistory: (runId, key) => {
      const { experimentId } = getRun(runId)
      const path = join(folderOf(experimentId), runId, 'metrics', ...key.split('/'))
      return stream([readHistory(path, key)])
    },
    listLoggedModels: (experimentId) => stream(experiments.get(experimentId)?.models ?? []),
    listRegisteredModels: () => stream(models.map(({ model }) => model)),
    listModelVersions: async (name) =>
      models.find(({ model }) => model.name === name)?.versions ?? [],
    listArtifacts: async (owner, path) => listFolder(place(owner), path),
    openArtifact: async (owner, path) => {
      const file = join(place(owner), ...path.split('/'))
      return { sizeBytes: lstatSync(file).size, content: createReadStream(file) }
    },
  }
}

// oxlint-disable-next-line typescript/require-await -- what is read already, in the shape of what is read page by page
async function* stream<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}

/** By time and step. Points that stand there twice are one; it was checked before, so that new damage is a failure. */
function readHistory(path: string, key: string): ReturnType<typeof readMetricFile> {
  const problems: Problems = []
  const points = readMetricFile(path, key, { hasRun: false, problems })
  if (problems.length > 0) throw damaged(path, problems)
  const unique = new Map(
    points.map((point) => [`${point.timestamp} ${point.step} ${point.value}`, point]),
  )
  return [...unique.values()].toSorted((a, b) => a.timestamp - b.timestamp || a.step - b.step)
}

/** The folder may have moved since it was written: what counts is that it lies where the store has it. */
function artifactFolder(experiment: string, uri: string, parts: readonly string[]): string {
  const place = [basename(experiment), ...parts].join('/')
  if (uri === '' || uri.replaceAll('\\', '/').endsWith(place)) {
    for (const i of parts.keys()) refuseLink(join(experiment, ...parts.slice(0, i + 1)))
    return join(experiment, ...parts)
  }
  throw new ToolkitError(
    'TRACKING_NOT_FOUND',
    `the artifacts lie at '${uri}', outside of the folder that is imported`,
  )
}

/** It could lead to anything that this user may read. */
function refuseLink(folder: string): void {
  if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return
  throw new ToolkitError('TRACKING_INVALID', `the folder '${folder}' is a link`, {
    hint: 'copy what it leads to in its place',
  })
}

function listFolder(folder: string, path: string): readonly ArtifactInfo[] {
  const prefix = path === '' ? '' : `${path}/`
  return entriesOf(join(folder, ...path.split('/'))).map((entry) => {
    const place = `${prefix}${entry.name}`
    if (entry.isDirectory()) return { path: place, isFolder: true, sizeBytes: 0 }
    if (entry.isFile()) {
      return { path: place, isFolder: false, sizeBytes: lstatSync(join(folder, place)).size }
    }
    throw new ToolkitError('TRACKING_INVALID', `the artifact '${place}' is no file, but a link`)
  })
}
