/** Logged models of the tracking contract over the database. */

import type { LoggedModel, LoggedModelTracking } from '../../../core/tracking.ts'
import { searchLoggedModels } from '../../search/logged-model-search.ts'
import type { TrackingDatabase } from '../database/database-store.ts'
import {
  createLoggedModel,
  deleteLoggedModel,
  deleteLoggedModelTag,
  findLoggedModel,
  finishLoggedModel,
  getLoggedModel,
  logLoggedModelParams,
  setLoggedModelTags,
} from './logged-models-store.ts'

/** What a server needs beyond the contract. */
export interface LoggedModelStore {
  /** A deleted one too; `undefined` when there never was one. */
  findLoggedModel(modelId: string): Promise<LoggedModel | undefined>
}

export function createLoggedModelTracking(
  database: TrackingDatabase,
  clock: () => number,
): LoggedModelTracking & LoggedModelStore {
  return {
    createLoggedModel: async (model) => createLoggedModel(database, model, clock()),
    finishLoggedModel: async (modelId, status) =>
      finishLoggedModel(database, modelId, { status, time: clock() }),
    getLoggedModel: async (modelId) => database.read(() => getLoggedModel(database, modelId)),
    findLoggedModel: async (modelId) => database.read(() => findLoggedModel(database, modelId)),
    deleteLoggedModel: async (modelId) => deleteLoggedModel(database, modelId, clock()),
    searchLoggedModels: async (search) => database.read(() => searchLoggedModels(database, search)),
    setLoggedModelTags: async (modelId, tags) => setLoggedModelTags(database, modelId, tags),
    deleteLoggedModelTag: async (modelId, key) => deleteLoggedModelTag(database, modelId, key),
    logLoggedModelParams: async (modelId, params) =>
      logLoggedModelParams(database, modelId, params),
  }
}
