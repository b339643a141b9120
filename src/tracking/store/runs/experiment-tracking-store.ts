/** Experiments of the tracking contract over the database. */

import type { ExperimentTracking } from '../../../core/tracking.ts'
import { searchExperiments } from '../../search/experiment-search.ts'
import type { TrackingDatabase } from '../database/database-store.ts'
import {
  createExperiment,
  deleteExperiment,
  deleteExperimentTag,
  findExperimentByName,
  getExperiment,
  renameExperiment,
  restoreExperiment,
  setExperimentTag,
} from './experiments-store.ts'

export function createExperimentTracking(
  database: TrackingDatabase,
  { clock }: { readonly clock: () => number },
): ExperimentTracking {
  return {
    createExperiment: async (experiment) => createExperiment(database, experiment, clock()),
    getExperiment: async (experimentId) =>
      database.read(() => getExperiment(database, experimentId)),
    findExperimentByName: async (name) => database.read(() => findExperimentByName(database, name)),
    searchExperiments: async (search) => database.read(() => searchExperiments(database, search)),
    renameExperiment: async (experimentId, newName) =>
      renameExperiment(database, experimentId, { newName, time: clock() }),
    deleteExperiment: async (experimentId) => deleteExperiment(database, experimentId, clock()),
    restoreExperiment: async (experimentId) => restoreExperiment(database, experimentId, clock()),
    setExperimentTag: async (experimentId, key, value) =>
      setExperimentTag(database, experimentId, { key, value }),
    deleteExperimentTag: async (experimentId, key) =>
      deleteExperimentTag(database, experimentId, key),
  }
}
