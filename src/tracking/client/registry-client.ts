/** The registry of the tracking contract over MLflow's REST API. */

import { ToolkitError } from '../../core/errors.ts'
import type {
  ArtifactTracking,
  ModelAliases,
  ModelRegistry,
  ModelVersion,
  ModelVersions,
  NewModelVersion,
  RegisteredModels,
  RegistryChange,
} from '../../core/tracking.ts'
import {
  checkAlias,
  checkDescription,
  checkModelName,
  checkNewRegistryItem,
  checkRegistryTag,
  parseVersion,
} from '../store/registry/registry-names.ts'
import { readAll } from '../all-pages.ts'
import type { Ask, Connection, Message } from './connection-client.ts'
import { orNothing } from './experiments-client.ts'
import { messageOf } from './message-values.ts'
import { parseModelVersion, parseRegisteredModel, withAliases } from './model-messages.ts'
import { formatSearch, parsePage } from './page-messages.ts'
import { getRunArtifactUri } from './runs-client.ts'
import { formatPairs } from '../format-message.ts'

const pageSize = 1000

export function createRegistryClient(
  connection: Connection,
  artifacts: ArtifactTracking,
): ModelRegistry {
  const registry = {
    ...createModels(connection),
    ...createVersionChanges(connection),
    ...createVersionSearch(connection),
    ...createAliases(connection),
  }
  return {
    ...registry,
    createModelVersion: async (version) => {
      await checkNewVersion(version, artifacts)
      const root = await getRunArtifactUri(connection, version.runId)
      return createModelVersion(registry, version, `${root}/${version.artifactPath}`)
    },
  }
}

function createModels({ ask, askOnce }: Connection): RegisteredModels {
  return {
    createRegisteredModel: async ({ name, description, tags }, change) => {
      checkNewRegistryItem({ name, description, tags })
      const fields = { name, description, tags: formatPairs(tags), ...formatChange(change) }
      const answer = await askOnce('POST', 'registered-models/create', fields)
      return parseRegisteredModel(messageOf(answer, 'registered_model'))
    },
    getRegisteredModel: async (name) => getRegisteredModel(ask, name),
    renameRegisteredModel: async (name, newName, change) => {
      checkModelName(newName)
      const fields = { name, new_name: newName, ...formatChange(change) }
      await askOnce('POST', 'registered-models/rename', fields)
    },
    updateRegisteredModel: async (name, description, change) => {
      checkDescription(description)
      const fields = { name, description, ...formatChange(change) }
      await ask('PATCH', 'registered-models/update', fields)
    },
    deleteRegisteredModel: async (name, change) => {
      await askOnce('DELETE', 'registered-models/delete', { name, ...formatChange(change) })
    },
    setRegisteredModelTag: async (name, key, value) => {
      checkRegistryTag(key, value)
      await ask('POST', 'registered-models/set-tag', { name, key, value })
    },
    deleteRegisteredModelTag: async (name, key) => {
      await ask('DELETE', 'registered-models/delete-tag', { name, key })
    },
    searchRegisteredModels: async (search) => {
      const answer = await ask('GET', 'registered-models/search', formatSearch(search))
      return parsePage(answer, 'registered_models', parseRegisteredModel)
    },
  }
}

async function getRegisteredModel(
  ask: Ask,
  name: string,
): ReturnType<ModelRegistry['getRegisteredModel']> {
  const answer = await ask('GET', 'registered-models/get', { name })
  return parseRegisteredModel(messageOf(answer, 'registered_model'))
}

type VersionChanges = Omit<ModelVersions, VersionSearch | 'createModelVersion'>

function createVersionChanges({ ask, askOnce }: Connection): VersionChanges {
  return {
    registerModelVersion: async (version, change) => {
      checkNewRegistryItem(version)
      const answer = await askOnce('POST', 'model-versions/create', {
        name: version.name,
        source: version.source,
        run_id: version.runId,
        model_id: version.modelId,
        run_link: version.runLink,
        description: version.description,
        tags: formatPairs(version.tags),
        ...formatChange(change),
      })
      return parseModelVersion(messageOf(answer, 'model_version'))
    },
    updateModelVersion: async (name, version, description, change) => {
      checkDescription(description)
      const fields = { name, version, description, ...formatChange(change) }
      const answer = await ask('PATCH', 'model-versions/update', fields)
      return parseModelVersion(messageOf(answer, 'model_version'))
    },
    transitionStage: async (name, version, stage, { archivesOthers, ...change }) => {
      const answer = await ask('POST', 'model-versions/transition-stage', {
        name,
        version,
        stage,
        archive_existing_versions: archivesOthers,
        ...formatChange(change),
      })
      return parseModelVersion(messageOf(answer, 'model_version'))
    },
    deleteModelVersion: async (name, version, change) => {
      const fields = { name, version, ...formatChange(change) }
      await askOnce('DELETE', 'model-versions/delete', fields)
    },
    setModelVersionTag: async (name, version, key, value) => {
      checkRegistryTag(key, value)
      await ask('POST', 'model-versions/set-tag', { name, version, key, value })
    },
    deleteModelVersionTag: async (name, version, key) => {
      await ask('DELETE', 'model-versions/delete-tag', { name, version, key })
    },
  }
}

type VersionSearch = 'searchModelVersions' | 'findModelVersion' | 'listModelVersions'

function createVersionSearch({ ask }: Connection): Pick<ModelVersions, VersionSearch> {
  const searchModelVersions: ModelRegistry['searchModelVersions'] = async (search) => {
    const answer = await ask('GET', 'model-versions/search', formatSearch(search))
    return parsePage(answer, 'model_versions', parseModelVersion)
  }
  return {
    searchModelVersions,
    findModelVersion: async (name, selector) => findModelVersion(ask, name, selector),
    listModelVersions: async (name) => {
      const model = await orNothing(getRegisteredModel(ask, name))
      if (model === undefined) return []
      const versions = await readAll((pageToken) =>
        searchModelVersions({
          filter: filterByName(name),
          orderBy: ['version_number DESC'],
          maxResults: pageSize,
          pageToken,
        }),
      )
      return versions
        .filter((version) => version.name === name)
        .map((version) => withAliases(version, model.aliases))
    },
  }
}

/** No quote can be escaped in a filter; a pattern goes around those that would end the text. */
function filterByName(name: string): string {
  return name.includes("'") ? `name LIKE '${name.replaceAll("'", '_')}'` : `name = '${name}'`
}

async function findModelVersion(
  ask: Ask,
  name: string,
  selector: string,
): Promise<ModelVersion | undefined> {
  if (parseVersion(selector) !== undefined) {
    const answer = await orNothing(ask('GET', 'model-versions/get', { name, version: selector }))
    return answer && parseModelVersion(messageOf(answer, 'model_version'))
  }
  const model = await orNothing(getRegisteredModel(ask, name))
  const version = model?.aliases[selector]
  return version === undefined ? undefined : findModelVersion(ask, name, version)
}

function createAliases({ ask }: Connection): ModelAliases {
  return {
    setModelAlias: async (name, alias, { version, ...change }) => {
      checkAlias(alias)
      const fields = { name, alias, version, ...formatChange(change) }
      await ask('POST', 'registered-models/alias', fields)
    },
    deleteModelAlias: async (name, alias, { from, ...change }) => {
      const fields = { name, alias, ...(from !== undefined && { version: from }) }
      // MLflow's server does not look at the version; ours does, in the transaction that deletes.
      if (from !== undefined && (await findModelVersion(ask, name, alias))?.version !== from) return
      await ask('DELETE', 'registered-models/alias', { ...fields, ...formatChange(change) })
    },
  }
}

/** What would be refused is refused before there is a version. */
async function checkNewVersion(
  version: NewModelVersion,
  artifacts: ArtifactTracking,
): Promise<void> {
  checkNewRegistryItem(version)
  const { runId, artifactPath } = version
  if ((await artifacts.listArtifacts({ runId }, artifactPath)).length > 0) return
  throw new ToolkitError(
    'TRACKING_NOT_FOUND',
    `run '${runId}' has no model folder '${artifactPath}' among its artifacts`,
  )
}

/** In several requests, the version with all it has in one of them; then each alias moves. */
async function createModelVersion(
  registry: Pick<
    ModelRegistry,
    'createRegisteredModel' | 'registerModelVersion' | 'setModelAlias' | 'findModelVersion'
  >,
  version: NewModelVersion,
  source: string,
): Promise<ModelVersion> {
  const { name, runId, description, tags, reason, timestamp } = version
  const change = { reason, timestamp }
  await provideRegisteredModel(registry, name, change)
  const made = await registry.registerModelVersion(
    { name, source, runId, description, tags },
    change,
  )
  for (const alias of version.aliases) {
    await registry.setModelAlias(name, alias, { version: made.version, ...change })
  }
  return { ...made, aliases: version.aliases.toSorted() }
}

/** Creates a registered model when there is none of this name. */
export async function provideRegisteredModel(
  registry: Pick<ModelRegistry, 'createRegisteredModel'>,
  name: string,
  change: RegistryChange,
): Promise<void> {
  try {
    await registry.createRegisteredModel({ name }, change)
  } catch (error) {
    if (!(error instanceof ToolkitError) || error.code !== 'TRACKING_EXISTS') throw error
  }
}

/** A reason goes into our server's audit log; a real server passes over it. Time and user are the server's. */
function formatChange({ reason }: RegistryChange): Message {
  return { reason: reason === '' ? undefined : reason }
}
