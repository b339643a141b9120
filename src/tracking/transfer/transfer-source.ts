/** What a tracker is read by when it moves house: everything that is kept, one after the other. */

import type {
  ArtifactTracking,
  Experiment,
  LoggedModel,
  MetricPoint,
  ModelVersion,
  RegisteredModel,
  Run,
  Tracking,
} from '../../core/tracking.ts'
import { eachItem, eachPage } from '../all-pages.ts'

/** A tracker as the copy reads it; deleted logged models stay behind, because no tracker lists them. */
export interface TransferSource extends Pick<ArtifactTracking, 'listArtifacts' | 'openArtifact'> {
  /** Active and deleted ones. */
  listExperiments(): AsyncIterable<Experiment>
  /** Active and deleted runs that started at `since` or later, the oldest first, so that parents come before children. */
  listRuns(experimentId: string, since: number | undefined): AsyncIterable<Run>
  /** With its model inputs, which lists leave out. */
  getRun(runId: string): Promise<Run>
  /** All points of a metric, in pages, in the order of `Tracking.readMetricHistory`. */
  readHistory(runId: string, key: string): AsyncIterable<readonly MetricPoint[]>
  listLoggedModels(experimentId: string): AsyncIterable<LoggedModel>
  /** With all aliases. */
  listRegisteredModels(): AsyncIterable<RegisteredModel>
  /** The oldest first. */
  listModelVersions(name: string): Promise<readonly ModelVersion[]>
}

const itemsPerPage = 1000
const pointsPerPage = 25_000

/** Any tracker as a source. */
export function toTransferSource(tracking: Tracking): TransferSource {
  return {
    listExperiments: () =>
      eachItem((pageToken) =>
        tracking.searchExperiments({
          maxResults: itemsPerPage,
          pageToken,
          viewType: 'ALL',
        }),
      ),
    listRuns: (experimentId, since) =>
      eachItem((pageToken) =>
        tracking.searchRuns({
          experimentIds: [experimentId],
          viewType: 'ALL',
          ...(since !== undefined && { filter: `attributes.start_time >= ${since}` }),
          orderBy: ['attributes.start_time ASC'],
          maxResults: itemsPerPage,
          pageToken,
        }),
      ),
    getRun: (runId) => tracking.getRun(runId),
    readHistory: (runId, key) =>
      eachPage((pageToken) =>
        tracking.readMetricHistory({ runId, key, maxResults: pointsPerPage, pageToken }),
      ),
    listLoggedModels: (experimentId) =>
      eachItem((pageToken) =>
        tracking.searchLoggedModels({
          experimentIds: [experimentId],
          orderBy: [{ field: 'creation_timestamp', isAscending: true }],
          maxResults: loggedModelsPerPage,
          pageToken,
        }),
      ),
    listRegisteredModels: () => listRegisteredModels(tracking),
    listModelVersions: async (name) => (await tracking.listModelVersions(name)).toReversed(),
    listArtifacts: (owner, path) => tracking.listArtifacts(owner, path),
    openArtifact: (owner, path) => tracking.openArtifact(owner, path),
  }
}

/** MLflow gives no more at once. */
const loggedModelsPerPage = 50

async function* listRegisteredModels(tracking: Tracking): AsyncGenerator<RegisteredModel> {
  const models = eachItem((pageToken) =>
    tracking.searchRegisteredModels({ maxResults: itemsPerPage, pageToken }),
  )
  // A search of a real MLflow server need not tell aliases.
  for await (const { name } of models) yield await tracking.getRegisteredModel(name)
}
