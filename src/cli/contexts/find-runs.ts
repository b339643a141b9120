/** Runs as the command line names them: by experiment names, and by how their ids start. */

import { ToolkitError } from '../../core/errors.ts'
import { nameHint } from '../../core/nearest.ts'
import type { Experiment, Run, Tracking, ViewType } from '../../core/tracking.ts'
import { readAll, type ReadPage } from '../../tracking/all-pages.ts'

export interface RunSelection {
  /** Names; all when empty. */
  readonly experiments: readonly string[]
  /** In MLflow's grammar. */
  readonly filter: string
  readonly orderBy: readonly string[]
  readonly viewType: ViewType
}

const itemsPerPage = 1000

export async function listExperiments(tracking: Tracking): Promise<readonly Experiment[]> {
  return readAll((pageToken) =>
    tracking.searchExperiments({ maxResults: itemsPerPage, viewType: 'ALL', pageToken }),
  )
}

/** @throws {ToolkitError} `TRACKING_NOT_FOUND` for an experiment that is not there */
export async function listRuns(
  tracking: Tracking,
  experiments: readonly Experiment[],
  { maxResults, ...selection }: RunSelection & { readonly maxResults: number },
): Promise<{ readonly runs: readonly Run[]; readonly hasMore: boolean }> {
  const runs: Run[] = []
  let pageToken: string | undefined
  do {
    const wanted = Math.min(itemsPerPage, maxResults - runs.length)
    const page = await pagesOfRuns(tracking, experiments, selection, wanted)(pageToken)
    runs.push(...page.items)
    pageToken = page.nextPageToken
  } while (pageToken !== undefined && runs.length < maxResults)
  return { runs, hasMore: pageToken !== undefined }
}

/** The runs page by page. @throws {ToolkitError} `TRACKING_NOT_FOUND` for an experiment that is not there */
export function pagesOfRuns(
  tracking: Tracking,
  experiments: readonly Experiment[],
  { experiments: names, filter, orderBy, viewType }: RunSelection,
  maxResults = itemsPerPage,
): ReadPage<Run> {
  const experimentIds = chooseExperiments(experiments, names)
  return (pageToken) =>
    tracking.searchRuns({ experimentIds, filter, orderBy, viewType, maxResults, pageToken })
}

function chooseExperiments(
  experiments: readonly Experiment[],
  names: readonly string[],
): readonly string[] {
  const known = experiments.map(({ name }) => name)
  const missing = names.find((name) => !known.includes(name))
  if (missing !== undefined) {
    throw new ToolkitError('TRACKING_NOT_FOUND', `there is no experiment '${missing}'`, {
      hint: nameHint(missing, known, 'experiments'),
    })
  }
  return experiments
    .filter(({ name }) => names.length === 0 || names.includes(name))
    .map(({ experimentId }) => experimentId)
}

/** Shorter beginnings would mean too many. */
const shortestBeginning = 4

/**
 * The run with this id, or the only one whose id starts so; deleted ones too.
 *
 * @throws {ToolkitError} `TRACKING_NOT_FOUND`; `CLI_USAGE` when several start so
 */
export async function findRun(tracking: Tracking, id: string): Promise<Run> {
  if (/^[0-9a-f]{32}$/.test(id)) return tracking.getRun(id)
  if (!/^[0-9a-f]+$/.test(id) || id.length < shortestBeginning) {
    throw new ToolkitError('CLI_USAGE', `'${id}' is no id of a run`, {
      hint: `name at least its first ${shortestBeginning} characters: see 'mlpt runs list'`,
    })
  }
  const page = await tracking.searchRuns({
    experimentIds: (await listExperiments(tracking)).map(({ experimentId }) => experimentId),
    filter: `attributes.run_id LIKE '${id}%'`,
    viewType: 'ALL',
    maxResults: 2,
  })
  const [run, other] = page.items
  if (run === undefined) {
    throw new ToolkitError('TRACKING_NOT_FOUND', `there is no run whose id starts with '${id}'`, {
      hint: `see 'mlpt runs list'`,
    })
  }
  if (other !== undefined) {
    throw new ToolkitError('CLI_USAGE', `several runs have ids that start with '${id}'`, {
      hint: 'name more of the id',
      details: { runIds: [run.runId, other.runId] },
    })
  }
  return tracking.getRun(run.runId)
}
