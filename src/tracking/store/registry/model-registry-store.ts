/** The registry of the tracking contract over the database, and its log. */

import type {
  ModelRegistry,
  ModelStage,
  ModelVersion,
  ModelVersions,
  RegisteredModels,
  RegistryChange,
} from '../../../core/tracking.ts'
import { searchModelVersions } from '../../search/model-version-search.ts'
import { searchRegisteredModels } from '../../search/registered-model-search.ts'
import type { TrackingDatabase } from '../database/database-store.ts'
import {
  findAlias,
  findModelVersion,
  getDownloadUri,
  getVersion,
  listLatestVersions,
  listModelVersions,
} from './model-versions-store.ts'
import {
  createRegisteredModel,
  deleteRegisteredModel,
  getRegisteredModel,
  renameRegisteredModel,
  updateRegisteredModel,
} from './registered-models-store.ts'
import {
  type AliasRollback,
  deleteModelAlias,
  rollBackAlias,
  setModelAlias,
} from './registry-aliases-store.ts'
import { type AuditEntry, findPreviousVersion, readAudit } from './registry-audit-store.ts'
import { checkAliasText, latestAlias, readVersion } from './registry-names.ts'
import { deleteRegistryTag, type RegistryTag, setRegistryTag } from './registry-tags-store.ts'
import {
  createModelVersion,
  deleteModelVersion,
  registerModelVersion,
  transitionStage,
  updateModelVersion,
} from './registry-versions-store.ts'

/** What the registry does beyond the contract: it remembers. */
export interface AuditedRegistry {
  /** What happened under this name and, for a renamed model, its names before; oldest first, also when the model is gone. */
  readAudit(name: string): Promise<readonly AuditEntry[]>
  /** The version that an alias had before, for a rollback; `undefined` when there is none. */
  findPreviousVersion(name: string, alias: string): Promise<string | undefined>
  /** Gives the alias back to that version. @throws {ToolkitError} `TRACKING_INVALID` */
  rollBackAlias(name: string, alias: string, change: RegistryChange): Promise<AliasRollback>
  /** As the contract's methods for tags, with who and why for the log. */
  setRegistryTag(
    tag: RegistryTag & { readonly value: string },
    change: RegistryChange,
  ): Promise<void>
  deleteRegistryTag(tag: RegistryTag, change: RegistryChange): Promise<void>
  /** The newest version of each of the stages, of all when none is given. @throws `TRACKING_NOT_FOUND` */
  getLatestVersions(name: string, stages: readonly ModelStage[]): Promise<readonly ModelVersion[]>
  /** 'latest' is the highest version; `undefined` when the model has no such alias. @throws `TRACKING_NOT_FOUND` */
  findVersionByAlias(name: string, alias: string): Promise<ModelVersion | undefined>
  /** Where the files of a version lie. @throws `TRACKING_NOT_FOUND` */
  getDownloadUri(name: string, version: string): Promise<string>
}

export function createModelRegistry(
  database: TrackingDatabase,
  clock: () => number,
): ModelRegistry & AuditedRegistry {
  return {
    ...createModels(database, clock),
    ...createVersions(database, clock),
    setModelAlias: async (name, alias, { version, ...change }) =>
      setModelAlias(database, { name, alias, version }, change),
    deleteModelAlias: async (name, alias, { from, ...change }) =>
      deleteModelAlias(database, { name, alias, from }, change),
    readAudit: async (name) => database.read(() => readAudit(database, name)),
    findPreviousVersion: async (name, alias) =>
      database.read(() => findPreviousVersion(database, name, alias)),
    rollBackAlias: async (name, alias, change) => rollBackAlias(database, { name, alias }, change),
    setRegistryTag: async (tag, change) => setRegistryTag(database, tag, change),
    deleteRegistryTag: async (tag, change) => deleteRegistryTag(database, tag, change),
    findVersionByAlias: async (name, alias) =>
      database.read(() => {
        checkAliasText(alias)
        const { latestVersions } = getRegisteredModel(database, name)
        if (alias.toLowerCase() === latestAlias) return latestVersions.at(-1)
        const version = findAlias(database, name, alias)
        return version === undefined ? undefined : getVersion(database, name, version)
      }),
  }
}

function createModels(
  database: TrackingDatabase,
  clock: () => number,
): RegisteredModels & Pick<AuditedRegistry, 'getLatestVersions'> {
  return {
    createRegisteredModel: async (model, change) => createRegisteredModel(database, model, change),
    getRegisteredModel: async (name) => database.read(() => getRegisteredModel(database, name)),
    renameRegisteredModel: async (name, newName, change) =>
      renameRegisteredModel(database, { name, newName }, change),
    updateRegisteredModel: async (name, description, change) =>
      updateRegisteredModel(database, { name, description }, change),
    deleteRegisteredModel: async (name, change) => deleteRegisteredModel(database, name, change),
    setRegisteredModelTag: async (name, key, value) =>
      setRegistryTag(database, { name, key, value }, { timestamp: clock() }),
    deleteRegisteredModelTag: async (name, key) =>
      deleteRegistryTag(database, { name, key }, { timestamp: clock() }),
    searchRegisteredModels: async (search) =>
      database.read(() => searchRegisteredModels(database, search)),
    getLatestVersions: async (name, stages) =>
      database.read(() => {
        getRegisteredModel(database, name)
        const latest = listLatestVersions(database, [name])
        return latest.filter(({ stage }) => stages.length === 0 || stages.includes(stage))
      }),
  }
}

function createVersions(
  database: TrackingDatabase,
  clock: () => number,
): ModelVersions & Pick<AuditedRegistry, 'getDownloadUri'> {
  return {
    registerModelVersion: async (version, change) =>
      registerModelVersion(database, version, change),
    createModelVersion: async (version) => createModelVersion(database, version),
    updateModelVersion: async (name, version, description, change) =>
      updateModelVersion(database, { name, version, description }, change),
    transitionStage: async (name, version, stage, change) =>
      transitionStage(database, { name, version, stage }, change),
    deleteModelVersion: async (name, version, change) =>
      deleteModelVersion(database, { name, version }, change),
    setModelVersionTag: async (name, version, key, value) =>
      setRegistryTag(database, { name, version, key, value }, { timestamp: clock() }),
    deleteModelVersionTag: async (name, version, key) =>
      deleteRegistryTag(database, { name, version, key }, { timestamp: clock() }),
    searchModelVersions: async (search) =>
      database.read(() => searchModelVersions(database, search)),
    findModelVersion: async (name, selector) =>
      database.read(() => findModelVersion(database, name, selector)),
    listModelVersions: async (name) => database.read(() => listModelVersions(database, name)),
    getDownloadUri: async (name, version) =>
      database.read(() => getDownloadUri(database, name, readVersion(version))),
  }
}
