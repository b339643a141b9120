/** What is called what on the other side: the target gives ids and places of its own. */

import type { ModelVersion, Pairs } from '../../core/tracking.ts'
import { registrationsTag } from '../store/models/logged-model-rules.ts'
import { loggedModelsTag } from '../store/runs/run-rules.ts'

/** By this tag a copy says what it is a copy of; it holds the id on the tracker where it was first. */
export const copiedFromTag = 'mlpt.copiedFrom'

/** One thing and its copy. */
export interface Moved {
  readonly fromId: string
  readonly toId: string
  /** Where the artifacts were. */
  readonly fromUri: string
  readonly toUri: string
}

/** Runs and logged models that have copies, by their ids in the source. */
export interface MovedIds {
  readonly runs: ReadonlyMap<string, Moved>
  readonly models: ReadonlyMap<string, Moved>
}

/** The id on the tracker where it was first: copies of copies, back and forth, stay one thing. */
export function originOf(id: string, tags: Pairs): string {
  return tags[copiedFromTag] ?? id
}

/** What a tracker has, by the ids where it was first. */
export async function indexByOrigin<T extends { readonly tags: Pairs }>(
  items: AsyncIterable<T>,
  idOf: (item: T) => string,
): Promise<ReadonlyMap<string, T>> {
  const known = new Map<string, T>()
  for await (const item of items) known.set(originOf(idOf(item), item.tags), item)
  return known
}

const runIdTags: ReadonlySet<string> = new Set(['mlflow.parentRunId', 'mlflow.rootRunId'])

/** Tags as the copy has them: those that name runs and places name the new ones. */
export function moveTags(tags: Pairs, ids: MovedIds): Pairs {
  return Object.fromEntries(
    Object.entries(tags)
      // The target writes the versions of a logged model when they are registered.
      .filter(([key]) => key !== copiedFromTag && key !== registrationsTag)
      .map(([key, value]) => [key, moveTagValue(key, value, ids)]),
  )
}

function moveTagValue(key: string, value: string, ids: MovedIds): string {
  if (runIdTags.has(key)) return ids.runs.get(value)?.toId ?? value
  if (key !== loggedModelsTag) return value
  return value.replaceAll(
    /\b(?:m-)?[0-9a-f]{32}\b/g,
    (id) => (ids.runs.get(id) ?? ids.models.get(id))?.toId ?? id,
  )
}

/**
 * The source of a version as the target knows it. What lies in no run or logged model that was
 * copied, an S3 bucket for example, keeps its address.
 */
export function moveSource(
  { source, runId = '', modelId = '' }: ModelVersion,
  ids: MovedIds,
): string {
  const [, scheme, id, rest] = /^(runs|models):\/([^/]+)(.*)$/s.exec(source) ?? []
  if (scheme !== undefined && id !== undefined) {
    const moved = (scheme === 'runs' ? ids.runs : ids.models).get(id)
    return `${scheme}:/${moved?.toId ?? id}${rest}`
  }
  const owners = [ids.models.get(modelId), ids.runs.get(runId)]
  for (const owner of owners.filter((moved) => moved !== undefined)) {
    const below = restBelow(source, owner.fromUri)
    if (below !== undefined) return `${owner.toUri}${below}`
  }
  return source
}

/** What follows the root in a place below it; the same file may be written as path or as URI. */
function restBelow(place: string, root: string): string | undefined {
  const [path, rootPath] = [place, root].map((text) =>
    text.replace(/^file:(?:\/\/)?(?=\/)/, '').replace(/\/+$/, ''),
  )
  if (rootPath === '' || !`${path}/`.startsWith(`${rootPath}/`)) return undefined
  return path!.slice(rootPath!.length)
}
