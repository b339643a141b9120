/** The embedded tracking store: one SQLite file and a folder of artifacts, no server. */

import { join } from 'node:path'
import { ToolkitError } from '../../core/errors.ts'
import type { ArtifactTracking, NewModelVersion, Tracking } from '../../core/tracking.ts'
import { createArtifactTracking } from './artifacts/artifact-tracking-store.ts'
import { createArtifactsStore, type ArtifactsStore } from './artifacts/artifacts-store.ts'
import { openTrackingDatabase } from './database/database-store.ts'
import { createExperimentTracking } from './runs/experiment-tracking-store.ts'
import {
  createLoggedModelTracking,
  type LoggedModelStore,
} from './models/logged-model-tracking-store.ts'
import { createModelRegistry, type AuditedRegistry } from './registry/model-registry-store.ts'
import { createRunTracking, type RunStore } from './runs/run-tracking-store.ts'
import { createTokenStore, type TokenStore } from './tokens-store.ts'
import { readKeyFile, readKeyOrDraw } from './key-file.ts'
import { createUploadsStore, type UploadsStore } from './artifacts/uploads-store.ts'
import { createWebhookStore, type WebhookStore } from '../webhooks/webhooks-store.ts'

/** The tracking contract, and what a server needs beyond it. */
export interface TrackingStore extends Tracking, RunStore, LoggedModelStore, AuditedRegistry {
  /** The files behind `mlflow-artifacts:` URIs, by their paths. */
  readonly artifacts: ArtifactsStore
  readonly uploads: UploadsStore
  readonly webhooks: WebhookStore
  readonly tokens: TokenStore
  /** What the store's servers sign addresses with. */
  readSigningKey(): Promise<Uint8Array>
}

export interface TrackingStoreOptions {
  /** Holds `tracking.sqlite` and `artifacts/`; created when it does not exist. */
  readonly directory: string
  /** Ids for new runs: 32 hexadecimal digits, never twice. Random by default. */
  readonly createRunId?: () => string
  /** Milliseconds since 1970, for what is not told the time. */
  readonly clock?: () => number
  /** 32 bytes that the secrets of webhooks are encrypted with; by default those of the file `webhook-key` in the folder. */
  readonly webhookKey?: Uint8Array | undefined
}

/**
 * Opens the store in a folder. Several processes may have it open and write at once;
 * each call is one transaction, and what was acknowledged survives a kill. One that this user may only read is read, and
 * every change is refused with `TRACKING_FORBIDDEN`.
 *
 * @throws {ToolkitError} `TRACKING_STORE_INVALID` when `tracking.sqlite` is something
 *   else, damaged, or newer than this code; `TRACKING_STORE_BUSY`; `FILE_WRITE_FAILED`; `TRACKING_INVALID` for an
 *   address, which would become folders of its name.
 */
export async function openTrackingStore(options: TrackingStoreOptions): Promise<TrackingStore> {
  checkFolder(options.directory)
  const database = await openTrackingDatabase(join(options.directory, 'tracking.sqlite'))
  const artifacts = createArtifactsStore(join(options.directory, 'artifacts'))
  // oxlint-disable-next-line no-restricted-properties -- for all who have no clock of their own to give
  const { clock = Date.now } = options
  const artifactTracking = createArtifactTracking(database, artifacts)
  const registry = createModelRegistry(database, clock)
  return {
    ...createExperimentTracking(database, { clock }),
    ...createRunTracking(database, artifacts, { ...options, clock }),
    ...artifactTracking,
    ...createLoggedModelTracking(database, clock),
    ...registry,
    createModelVersion: async (version) => {
      await checkModelFolder(artifactTracking, version)
      return registry.createModelVersion(version)
    },
    artifacts,
    uploads: createUploadsStore(join(options.directory, 'uploads'), artifacts),
    readSigningKey: () => readKeyOrDraw(options.directory, 'signing-key'),
    webhooks: createWebhookStore(
      database,
      async () => options.webhookKey ?? readKeyFile(options.directory, 'webhook-key'),
    ),
    tokens: createTokenStore(database),
    [Symbol.asyncDispose]: async () => database[Symbol.dispose](),
  }
}

/** A version that nobody can load helps nobody. @throws {ToolkitError} `TRACKING_NOT_FOUND` */
async function checkModelFolder(
  artifacts: ArtifactTracking,
  { runId, artifactPath }: NewModelVersion,
): Promise<void> {
  if ((await artifacts.listArtifacts({ runId }, artifactPath)).length > 0) return
  throw new ToolkitError(
    'TRACKING_NOT_FOUND',
    `run ${runId} has no artifacts below '${artifactPath}' to register`,
    { hint: 'log the model folder first' },
  )
}

function checkFolder(directory: string): void {
  if (!/^[a-z][a-z0-9+.-]+:\/\//i.test(directory)) return
  const shown = directory.replace(/\/\/[^/]*@/, '//')
  throw new ToolkitError(
    'TRACKING_INVALID',
    `'${shown}' is an address, not the folder of a store`,
    {
      hint: 'name the folder in which tracking.sqlite lies, or is to lie',
    },
  )
}
