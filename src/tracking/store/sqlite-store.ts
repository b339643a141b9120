/** The embedded tracking store: one SQLite file and a folder of artifacts, no server. */

import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { ToolkitError } from '../../core/errors.ts'
import type {
  Experiment,
  MetricPoint,
  ModelVersion,
  RegisteredModel,
  Run,
  Tracking,
} from '../../core/tracking.ts'
import { parseArtifactPath } from './artifact-path.ts'
import {
  createArtifactsStore,
  type ArtifactInfo,
  type ArtifactStream,
  type ArtifactsStore,
} from './artifacts-store.ts'
import { openTrackingDatabase, type TrackingDatabase } from './database-store.ts'
import {
  findExperimentByName,
  getExperiment,
  searchExperiments,
  type ExperimentSearch,
} from './experiments-store.ts'
import type { Page, PageRequest } from './page.ts'
import {
  findLatestVersion,
  findModelVersion,
  getRegisteredModel,
  listModelVersions,
  readAudit,
  searchModelVersions,
  searchRegisteredModels,
  type AuditEntry,
  type RegistrySearch,
} from './registry-search.ts'
import { createModelVersion, setModelAlias } from './registry-store.ts'
import { findRuns, searchRuns, type RunSearch } from '../search/run-search.ts'
import {
  checkActive,
  endRun,
  getRun,
  logMetrics,
  logParams,
  readMetricHistory,
  setTags,
  startRun,
} from './runs-store.ts'

/** The tracking contract, and what a server needs beyond it. */
export interface TrackingStore extends Tracking {
  /** @throws `TRACKING_NOT_FOUND`, or `TRACKING_INVALID` when the id is no integer. */
  getExperiment(experimentId: string): Promise<Experiment>
  findExperimentByName(name: string): Promise<Experiment | undefined>
  searchExperiments(search: ExperimentSearch): Promise<Page<Experiment>>
  searchRuns(search: RunSearch): Promise<Page<Run>>
  readMetricHistory(
    search: { readonly runId: string; readonly key: string } & PageRequest,
  ): Promise<Page<MetricPoint>>
  /** @throws `TRACKING_NOT_FOUND` */
  getRegisteredModel(name: string): Promise<RegisteredModel>
  searchRegisteredModels(search: RegistrySearch): Promise<Page<RegisteredModel>>
  searchModelVersions(search: RegistrySearch): Promise<Page<ModelVersion>>
  findLatestVersion(name: string): Promise<ModelVersion | undefined>
  /** Every version and alias move of a model with its reason, oldest first. */
  readAudit(name: string): Promise<readonly AuditEntry[]>
  /** Files and folders directly below a path of the artifact root, `<experiment>/<run>/artifacts/…`. */
  listArtifacts(path: string): Promise<readonly ArtifactInfo[]>
  /** @throws `TRACKING_NOT_FOUND`, or `TRACKING_INVALID` when the path is a folder's. */
  openArtifact(path: string): Promise<ArtifactStream>
}

export interface TrackingStoreOptions {
  /** Holds `tracking.sqlite` and `artifacts/`; created when it does not exist. */
  readonly directory: string
  /** Ids for new runs: 32 hexadecimal digits, never twice. Random by default. */
  readonly createRunId?: () => string
}

/**
 * Opens the store in a folder. Several processes may have it open and write at once;
 * each call is one transaction, and what was acknowledged survives a kill.
 *
 * @throws {ToolkitError} `TRACKING_STORE_INVALID` when `tracking.sqlite` is something
 *   else, damaged, or newer than this code; `TRACKING_STORE_BUSY`; `FILE_WRITE_FAILED`.
 */
export async function openTrackingStore(options: TrackingStoreOptions): Promise<TrackingStore> {
  const database = await openTrackingDatabase(join(options.directory, 'tracking.sqlite'))
  const artifacts = createArtifactsStore(join(options.directory, 'artifacts'))
  return {
    ...createRunWriting(database, options.createRunId ?? createRandomRunId),
    ...createArtifactAccess(database, artifacts),
    ...createReading(database),
    ...createRegistry(database, artifacts),
    [Symbol.asyncDispose]: async () => database[Symbol.dispose](),
  }
}

function createRandomRunId(): string {
  return randomUUID().replaceAll('-', '')
}

type RunWriting = Pick<Tracking, 'startRun' | 'logParams' | 'logMetrics' | 'setTags' | 'endRun'>

function createRunWriting(database: TrackingDatabase, createRunId: () => string): RunWriting {
  return {
    startRun: async (run) => {
      const runId = createRunId()
      startRun(database, runId, run)
      return runId
    },
    logParams: async (runId, params) => logParams(database, runId, params),
    logMetrics: async (runId, metrics) => logMetrics(database, runId, metrics),
    setTags: async (runId, tags) => setTags(database, runId, tags),
    endRun: async (runId, status, endTime) => endRun(database, runId, { status, endTime }),
  }
}

type ArtifactAccess = Pick<
  TrackingStore,
  'logArtifacts' | 'readArtifacts' | 'listArtifacts' | 'openArtifact'
>

function createArtifactAccess(
  database: TrackingDatabase,
  artifacts: ArtifactsStore,
): ArtifactAccess {
  return {
    logArtifacts: async (runId, artifactPath, files) => {
      checkActive(database, runId)
      const root = artifactRoot(getRun(database, runId))
      const targets = [...files].map(([name, content]) => {
        const path = [...parseArtifactPath(artifactPath), ...parseFileName(name)].join('/')
        return { path, content }
      })
      for (const { path, content } of targets) await artifacts.write(`${root}/${path}`, content)
    },
    readArtifacts: async (runId, artifactPath) => {
      const root = artifactRoot(getRun(database, runId))
      const files = await artifacts.readAll([root, ...parseArtifactPath(artifactPath)].join('/'))
      if (files.size > 0) return files
      throw new ToolkitError(
        'TRACKING_NOT_FOUND',
        `run ${runId} has no artifacts below '${artifactPath}'`,
      )
    },
    listArtifacts: (path) => artifacts.list(path),
    openArtifact: (path) => artifacts.open(path),
  }
}

function createReading(
  database: TrackingDatabase,
): Pick<
  TrackingStore,
  | 'getRun'
  | 'findRuns'
  | 'getExperiment'
  | 'findExperimentByName'
  | 'searchExperiments'
  | 'searchRuns'
  | 'readMetricHistory'
> {
  return {
    getRun: async (runId) => database.read(() => getRun(database, runId)),
    findRuns: async (name, tags) => database.read(() => findRuns(database, name, tags)),
    getExperiment: async (id) => database.read(() => getExperiment(database, id)),
    findExperimentByName: async (name) => database.read(() => findExperimentByName(database, name)),
    searchExperiments: async (search) => database.read(() => searchExperiments(database, search)),
    searchRuns: async (search) => database.read(() => searchRuns(database, search)),
    readMetricHistory: async (search) => database.read(() => readMetricHistory(database, search)),
  }
}

type Registry = Pick<
  TrackingStore,
  | 'createModelVersion'
  | 'setModelAlias'
  | 'findModelVersion'
  | 'listModelVersions'
  | 'getRegisteredModel'
  | 'searchRegisteredModels'
  | 'searchModelVersions'
  | 'findLatestVersion'
  | 'readAudit'
>

function createRegistry(database: TrackingDatabase, artifacts: ArtifactsStore): Registry {
  return {
    createModelVersion: async (version) => {
      const root = artifactRoot(getRun(database, version.runId))
      const folder = [root, ...parseArtifactPath(version.artifactPath)].join('/')
      if ((await artifacts.list(folder)).length === 0) {
        throw new ToolkitError(
          'TRACKING_NOT_FOUND',
          `run ${version.runId} has no artifacts below '${version.artifactPath}' to register`,
          { hint: 'log the model folder first' },
        )
      }
      return createModelVersion(database, version)
    },
    setModelAlias: async (name, alias, change) =>
      setModelAlias(database, { name, alias, ...change }),
    findModelVersion: async (name, selector) =>
      database.read(() => findModelVersion(database, name, selector)),
    listModelVersions: async (name) => database.read(() => listModelVersions(database, name)),
    getRegisteredModel: async (name) => database.read(() => getRegisteredModel(database, name)),
    searchRegisteredModels: async (search) =>
      database.read(() => searchRegisteredModels(database, search)),
    searchModelVersions: async (search) =>
      database.read(() => searchModelVersions(database, search)),
    findLatestVersion: async (name) => database.read(() => findLatestVersion(database, name)),
    readAudit: async (name) => readAudit(database, name),
  }
}

/** Below the artifact root of the store; made of our own ids, never of a URI that somebody gave. */
function artifactRoot(run: Run): string {
  return `${run.experimentId}/${run.runId}/artifacts`
}

function parseFileName(name: string): readonly string[] {
  const parts = parseArtifactPath(name)
  if (parts.length > 0) return parts
  throw new ToolkitError('TRACKING_INVALID', `an artifact's name is empty`)
}
