/** Registered models on their way: versions with their numbers, stages, aliases. */

import { ownMember } from '../../core/own-member.ts'
import type { ModelVersion, RegisteredModel, RegistryChange } from '../../core/tracking.ts'
import { orNothing } from '../client/experiments-client.ts'
import { without } from './copy-pairs.ts'
import { attempt, type CopySession } from './copy-session.ts'
import { copiedFromTag, moveSource, moveTags, type MovedIds } from './moved-ids.ts'
import { countPairs } from './run-contents.ts'
import type { Counts } from './tally.ts'

/** Marks a version that only has the number of one that was deleted in the source, until it is deleted itself. */
const placeholderTag = 'mlpt.copyPlaceholder'
const placeholderSource = 's3://mlpt/deleted-version'

/** Copies the registry; of one that is not copied whole, the versions whose run or logged model was copied. */
export async function copyRegistry(
  session: CopySession,
  ids: MovedIds,
  { isWhole }: { readonly isWhole: boolean },
): Promise<void> {
  const isChosen = ({ runId, modelId }: ModelVersion): boolean =>
    isWhole || ids.runs.has(runId ?? '') || ids.models.has(modelId ?? '')
  for await (const model of session.source.listRegisteredModels()) {
    const versions = (await session.source.listModelVersions(model.name)).filter(isChosen)
    if (versions.length === 0 && !isWhole) continue
    await attempt(session, `registered model '${model.name}'`, () =>
      copyModel(session, { model, versions }, ids),
    )
    session.log(`registered model '${model.name}': ${versions.length} versions`)
  }
}

interface Chosen {
  readonly model: RegisteredModel
  readonly versions: readonly ModelVersion[]
}

/** What the target has of a model. */
interface ModelThere {
  readonly model: RegisteredModel
  readonly versions: readonly ModelVersion[]
  /** The copies, by the origins of what they are copies of. */
  readonly copies: ReadonlyMap<string, ModelVersion>
}

async function copyModel(session: CopySession, chosen: Chosen, ids: MovedIds): Promise<void> {
  const found = countModel(chosen, undefined, ids)
  const there = await findModel(session, chosen.model.name)
  const before = there === undefined ? {} : countModel(chosen, there, ids)
  if (session.isDryRun) return session.tally.add({ found, before, after: before })
  const { model } = chosen
  const { tags } = model
  if (there === undefined) {
    await session.target.createRegisteredModel(
      { name: model.name, description: model.description, tags: moveTags(tags, ids) },
      changeAt(model.creationTimestamp),
    )
  } else {
    const missing = without(moveTags(tags, ids), there.model.tags)
    for (const [key, value] of Object.entries(missing)) {
      await session.target.setRegisteredModelTag(model.name, key, value)
    }
  }
  await copyVersions(session, chosen, ids)
  await copyAliases(session, chosen)
  const after = countModel(chosen, await findModel(session, model.name), ids)
  session.tally.add({ found, before, after })
}

function changeAt(timestamp: number): RegistryChange {
  return { timestamp, reason: 'copied from another tracker' }
}

async function findModel({ target }: CopySession, name: string): Promise<ModelThere | undefined> {
  const model = await orNothing(target.getRegisteredModel(name))
  if (model === undefined) return undefined
  const versions = (await target.listModelVersions(name)).toReversed()
  const copies = new Map(versions.map((version) => [originOfVersion(version), version]))
  return { model, versions, copies }
}

/** Names and numbers repeat from tracker to tracker; with the time and the run they do not. */
function originOfVersion(registered: ModelVersion): string {
  const { name, version, creationTimestamp, runId, modelId, tags } = registered
  const made = modelId ?? runId ?? registered.source
  return tags[copiedFromTag] ?? `${name}/${version} of ${made} at ${creationTimestamp}`
}

/** Of what was chosen: what is in the target, or all of it when no target is given. */
function countModel(
  { model, versions }: Chosen,
  there: ModelThere | undefined,
  ids: MovedIds,
): Counts {
  const copyOf = (version: ModelVersion): ModelVersion | undefined =>
    there === undefined
      ? { ...version, tags: moveTags(version.tags, ids) }
      : there.copies.get(originOfVersion(version))
  const pairs = versions.map((version) => ({ version, copy: copyOf(version) }))
  const numbers = new Map(pairs.map(({ version, copy }) => [version.version, copy?.version]))
  const aliases = Object.entries(model.aliases).filter(([, version]) => numbers.has(version))
  const aliasesThere = there === undefined ? model.aliases : there.model.aliases
  const tags = moveTags(model.tags, ids)
  return {
    'registered models': 1,
    'model versions': pairs.filter(({ copy }) => copy !== undefined).length,
    tags: pairs.reduce(
      (sum, { version, copy }) => sum + countPairs(moveTags(version.tags, ids), copy?.tags ?? {}),
      countPairs(tags, there === undefined ? tags : there.model.tags),
    ),
    stages: pairs.filter(
      ({ version: { stage }, copy }) => stage !== 'None' && copy?.stage === stage,
    ).length,
    aliases: aliases.filter(
      ([alias, version]) => ownMember(aliasesThere, alias) === numbers.get(version),
    ).length,
  }
}

/**
 * In order, so that numbers stay what they are where they can: placeholders have the numbers of
 * deleted versions until the last one is registered, for a copy that is killed between.
 */
async function copyVersions(
  session: CopySession,
  { model: { name }, versions }: Chosen,
  ids: MovedIds,
): Promise<void> {
  const there = (await findModel(session, name))!
  let next = Math.max(0, ...there.versions.map(({ version }) => Number(version))) + 1
  for (const version of versions) {
    await attempt(session, `version ${version.version} of '${name}'`, async () => {
      let copy = there.copies.get(originOfVersion(version))
      if (copy === undefined) {
        while (next < Number(version.version)) next = (await keepPlace(session, version)) + 1
        copy = await registerCopy(session, version, ids)
        next = Number(copy.version) + 1
      }
      await completeVersion(session, version, { copy, ids })
    })
  }
  await deletePlaceholders(session, name)
}

const placeholderReason = 'has the number of a version that was deleted before the copy'

/** @returns the number of the placeholder */
async function keepPlace(
  { target }: CopySession,
  { name, creationTimestamp }: ModelVersion,
): Promise<number> {
  const { version } = await target.registerModelVersion(
    { name, source: placeholderSource, tags: { [placeholderTag]: 'true' } },
    { timestamp: creationTimestamp, reason: placeholderReason },
  )
  return Number(version)
}

async function deletePlaceholders({ target }: CopySession, name: string): Promise<void> {
  for (const { version, tags, creationTimestamp } of await target.listModelVersions(name)) {
    if (!(placeholderTag in tags)) continue
    await target.deleteModelVersion(name, version, {
      timestamp: creationTimestamp,
      reason: placeholderReason,
    })
  }
}

async function registerCopy(
  { target }: CopySession,
  version: ModelVersion,
  ids: MovedIds,
): Promise<ModelVersion> {
  const { name, runId = '', modelId = '' } = version
  return target.registerModelVersion(
    {
      name,
      source: moveSource(version, ids),
      runId: ids.runs.get(runId)?.toId,
      modelId: ids.models.get(modelId)?.toId,
      runLink: version.runLink === '' ? undefined : version.runLink,
      description: version.description,
      tags: { ...moveTags(version.tags, ids), [copiedFromTag]: originOfVersion(version) },
    },
    changeAt(version.creationTimestamp),
  )
}

/** What changed since the copy before: tags and the stage. */
async function completeVersion(
  { target }: CopySession,
  version: ModelVersion,
  { copy, ids }: { readonly copy: ModelVersion; readonly ids: MovedIds },
): Promise<void> {
  const missing = without(moveTags(version.tags, ids), copy.tags)
  for (const [key, value] of Object.entries(missing)) {
    await target.setModelVersionTag(copy.name, copy.version, key, value)
  }
  if (version.stage === copy.stage) return
  await target.transitionStage(copy.name, copy.version, version.stage, {
    ...changeAt(version.lastUpdatedTimestamp),
    archivesOthers: false,
  })
}

/** An alias follows the source, unless the target has given it to a version of its own. */
async function copyAliases(session: CopySession, { model, versions }: Chosen): Promise<void> {
  const { name } = model
  const there = (await findModel(session, name))!
  const copies = new Set(
    [...there.copies.values()]
      .filter(({ tags }) => copiedFromTag in tags)
      .map(({ version }) => version),
  )
  for (const version of versions) {
    const copy = there.copies.get(originOfVersion(version))
    if (copy === undefined) continue
    copies.add(copy.version)
    for (const [alias, number] of Object.entries(model.aliases)) {
      const current = ownMember(there.model.aliases, alias)
      if (number !== version.version || current === copy.version) continue
      if (current !== undefined && !copies.has(current)) {
        const why = `it names version ${current} there, which is no copy: it was left`
        session.failures.push({ what: `alias '${alias}' of '${name}'`, why })
        continue
      }
      await session.target.setModelAlias(name, alias, {
        version: copy.version,
        ...changeAt(model.lastUpdatedTimestamp),
      })
    }
  }
}
