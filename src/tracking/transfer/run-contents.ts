/** What a run holds, counted and comparable between two trackers. */

import type { Pairs, Run } from '../../core/tracking.ts'
import type { ComparedPoints } from './compare-points.ts'
import { moveTags, type MovedIds } from './moved-ids.ts'
import type { Counts } from './tally.ts'

/** A run by what can be compared of it at once; its points and files are compared one by one. */
export interface RunContents {
  /** Status and end. */
  readonly state: string
  readonly params: Pairs
  readonly tags: Pairs
  readonly datasets: ReadonlySet<string>
  /** Logged models that it read and made. */
  readonly links: ReadonlySet<string>
}

/**
 * What a run holds.
 *
 * @param ids - for a run of the source: its tags and links are told as its copy has them
 */
export function contentsOf(run: Run, ids?: MovedIds): RunContents {
  return {
    state: JSON.stringify([run.status, run.endTime]),
    params: run.params,
    tags: ids === undefined ? run.tags : moveTags(run.tags, ids),
    datasets: new Set(
      run.inputs.datasets.map(({ dataset }) => JSON.stringify([dataset.name, dataset.digest])),
    ),
    links: linksOf(run, ids),
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

/** The points of each metric, compared. */
export type ComparedHistories = ReadonlyMap<string, ComparedPoints>

/** How many of what is wanted are there. */
export function countRun(
  wanted: RunContents,
  there: RunContents,
  proved: { readonly points: number; readonly files: number },
): Counts {
  return {
    runs: wanted.state === there.state ? 1 : 0,
    params: countPairs(wanted.params, there.params),
    tags: countPairs(wanted.tags, there.tags),
    'metric points': proved.points,
    datasets: wanted.datasets.intersection(there.datasets).size,
    'model links': wanted.links.intersection(there.links).size,
    'artifact files': proved.files,
  }
}

/** The points of all metrics together. */
export function sumPoints(histories: ComparedHistories, of: keyof ComparedPoints): number {
  return histories.values().reduce((sum, compared) => sum + compared[of], 0)
}

/** Keys with the wanted value. */
export function countPairs(wanted: Pairs, there: Pairs): number {
  return Object.entries(wanted).filter(([key, value]) => there[key] === value).length
}
