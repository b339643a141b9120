/** What a run holds, counted and comparable between two trackers. */

import type { Pairs, Run } from '../../core/tracking.ts'
import { moveTags, type MovedIds } from './moved-ids.ts'
import type { Counts } from './tally.ts'
import type { TransferSource } from './transfer-source.ts'

/** A run by what can be counted of it. */
export interface RunContents {
  /** Status and end. */
  readonly state: string
  readonly params: Pairs
  readonly tags: Pairs
  /** How many points each metric has. */
  readonly points: ReadonlyMap<string, number>
  readonly datasets: ReadonlySet<string>
  /** Logged models that it read and made. */
  readonly links: ReadonlySet<string>
  /** Sizes in bytes by path. */
  readonly files: ReadonlyMap<string, number>
}

/**
 * Reads what a run holds.
 *
 * @param ids - for a run of the source: its tags and links are told as its copy has them
 */
export async function readRunContents(
  place: TransferSource,
  run: Run,
  { ids, files }: Pick<RunContents, 'files'> & { readonly ids: MovedIds | undefined },
): Promise<RunContents> {
  const points = new Map<string, number>()
  for (const { key } of run.metrics) {
    let count = 0
    for await (const page of place.readHistory(run.runId, key)) count += page.length
    points.set(key, count)
  }
  return {
    state: JSON.stringify([run.status, run.endTime]),
    params: run.params,
    tags: ids === undefined ? run.tags : moveTags(run.tags, ids),
    points,
    datasets: new Set(
      run.inputs.datasets.map(({ dataset }) => JSON.stringify([dataset.name, dataset.digest])),
    ),
    links: linksOf(run, ids),
    files,
  }
}

/** Logged models that were not copied, because they are deleted, are no links. */
function linksOf({ inputs, outputs }: Run, ids: MovedIds | undefined): ReadonlySet<string> {
  const idOf = (modelId: string): string | undefined =>
    ids === undefined ? modelId : ids.models.get(modelId)?.toId
  const links = [
    ...inputs.modelIds.map((modelId) => ['read', idOf(modelId)]),
    ...outputs.map(({ modelId, step }) => ['made', idOf(modelId), step]),
  ]
  return new Set(links.filter(([, id]) => id !== undefined).map((link) => JSON.stringify(link)))
}

/** How many of what is wanted are there. */
export function countRun(wanted: RunContents, there: RunContents): Counts {
  return {
    runs: wanted.state === there.state ? 1 : 0,
    params: countPairs(wanted.params, there.params),
    tags: countPairs(wanted.tags, there.tags),
    'metric points': [...wanted.points]
      .map(([key, count]) => Math.min(count, there.points.get(key) ?? 0))
      .reduce((sum, count) => sum + count, 0),
    datasets: wanted.datasets.intersection(there.datasets).size,
    'model links': wanted.links.intersection(there.links).size,
    'artifact files': countFiles(wanted.files, there.files),
  }
}

/** Keys with the wanted value. */
export function countPairs(wanted: Pairs, there: Pairs): number {
  return Object.entries(wanted).filter(([key, value]) => there[key] === value).length
}

/** Files with the wanted size. */
export function countFiles(
  wanted: ReadonlyMap<string, number>,
  there: ReadonlyMap<string, number>,
): number {
  return [...wanted].filter(([path, size]) => there.get(path) === size).length
}
