import type {
  ModelRegistry,
  ModelVersion,
  Pairs,
  RegistryChange,
  Tracking,
} from '../../core/tracking.ts'
import { findModel } from './load-model.ts'
import { provideRegisteredModel } from './registry-client.ts'

/** A version to register. */
export interface Registration {
  /** The registered model; created when it does not exist. */
  readonly name: string
  /** `models:/m-…` of a logged model, or `runs:/<run>/<path>` of what a run made. */
  readonly modelUri: string
  readonly description?: string
  readonly tags?: Pairs
  /** Move to the new version. */
  readonly aliases?: readonly string[]
  /** Why, for the audit log. */
  readonly reason?: string | undefined
  /** Milliseconds since 1970; now by default. */
  readonly timestamp?: number
}

/**
 * Registers a model that was logged as the next version of a name, then moves the aliases to it.
 *
 * @throws {ToolkitError} `MODEL_NOT_FOUND`, `TRACKING_NOT_FOUND`, `TRACKING_INVALID`
 */
export async function registerModel(
  tracking: Tracking,
  { name, modelUri, description, tags = {}, aliases = [], ...why }: Registration,
): Promise<ModelVersion> {
  const change = toChange(why)
  const origin = await findOrigin(tracking, modelUri)
  await provideRegisteredModel(tracking, name, change)
  const made = await tracking.registerModelVersion({ name, description, tags, ...origin }, change)
  const { version } = made
  for (const alias of aliases) await tracking.setModelAlias(name, alias, { version, ...change })
  return { ...made, aliases: aliases.toSorted() }
}

/** Moves an alias to a version that exists. @throws {ToolkitError} `TRACKING_NOT_FOUND`, `TRACKING_INVALID` */
export async function setAlias(
  tracking: ModelRegistry,
  name: string,
  alias: string,
  target: {
    readonly version: string
    /** Why, for the audit log. */
    readonly reason?: string
    /** Milliseconds since 1970; now by default. */
    readonly timestamp?: number
  },
): Promise<void> {
  const { version, ...why } = target
  await tracking.setModelAlias(name, alias, { version, ...toChange(why) })
}

function toChange({
  reason,
  timestamp,
}: {
  readonly reason?: string | undefined
  readonly timestamp?: number
}): RegistryChange {
  // oxlint-disable-next-line no-restricted-properties -- for all who have no clock of their own to give
  return { reason, timestamp: timestamp ?? Date.now() }
}

interface Origin {
  readonly source: string
  readonly runId: string | undefined
  readonly modelId: string | undefined
}

async function findOrigin(tracking: Tracking, modelUri: string): Promise<Origin> {
  const { owner, path } = await findModel(tracking, modelUri)
  if ('modelId' in owner) {
    const { modelId } = owner
    const { sourceRunId } = await tracking.getLoggedModel(modelId)
    return { source: `models:/${modelId}`, runId: sourceRunId || undefined, modelId }
  }
  const { artifactUri } = await tracking.getRun(owner.runId)
  return { source: `${artifactUri}/${path}`, runId: owner.runId, modelId: undefined }
}
