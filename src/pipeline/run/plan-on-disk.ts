import type { PathContent } from '../cache/hash-file.ts'
import { openParameterFiles } from '../repository/parameter-file.ts'
import { createYamlParser } from '../repository/parsed-yaml-store.ts'
import type { Repository } from '../repository/repository.ts'
import { readRecords } from '../repository/snapshot.ts'
import { readTextNow } from '../repository/text-file.ts'
import type { Upstream } from '../stages/graph.ts'
import type { StageRecord } from '../stages/record.ts'
import type { Stage } from '../stages/stage.ts'
import { chooseDecision, type DecisionOptions } from './choose-decision.ts'
import { addressesOf, observeStage, type ObservedCache } from './observe.ts'
import { planPipeline, type PlannedStage, type StageState } from './plan.ts'
import { assumeAbsent, createAddressReader, readOnce } from './read-address.ts'

/** What is planned, and with what. */
export interface PlanOptions {
  /** Each after all it reads from. */
  readonly stages: readonly Stage[]
  readonly upstream: Upstream
  readonly cache: ObservedCache
  readonly force: boolean
  /** Ends the questions to web servers early. */
  readonly signal?: AbortSignal | undefined
  /** What else was asked for. */
  readonly decisions?: DecisionOptions
}

/** A planned stage with what its plan was made from. */
export interface PlannedWithState extends PlannedStage {
  readonly state: StageState
}

/** Who only looks does not wait for long for a server that is away. */
const lookOptions = { timeoutMs: 10_000, retryDelaysMs: [200] }

/** Plans for what is on disk now. Reads only. */
export async function planOnDisk(
  repository: Repository,
  { stages, upstream, cache, force, signal, decisions = {} }: PlanOptions,
): Promise<PlannedWithState[]> {
  const parseYaml = createYamlParser(repository.stateFolder)
  const records = readRecords(stages, { ...repository, readText: readTextNow, parseYaml })
  const parameterFiles = openParameterFiles(repository)
  const { config } = repository
  const ask = createAddressReader({ config, ...lookOptions, signal })
  const readAddress = readOnce(assumeAbsent(ask))
  const world = { cache: hashingOnce(cache), parameterFiles, readAddress }
  // Those of the last stage do not wait for those of the first; what goes wrong is said where it is needed.
  for (const address of stages.flatMap(addressesOf)) readAddress(address).catch(() => undefined)
  const states = new Map<Stage, StageState>()
  for (const stage of stages) {
    states.set(stage, await observeStage(stage, records.get(stage), world))
  }
  const recordOf = (stage: Stage): StageRecord | undefined => records.get(stage)
  const decide = chooseDecision(decisions, { upstream, recordOf })
  const forcesBelow = decisions.forceDownstream === true && decisions.singleItem !== true
  const options = { states, force, forcesBelow, decide }
  return planPipeline(stages, upstream, options).map((planned) => ({
    ...planned,
    state: states.get(planned.stage)!,
  }))
}

/** What one stage writes others read: for one plan a path is looked at once, and the files of a folder need no list. */
function hashingOnce(cache: ObservedCache): ObservedCache {
  const known = new Map<string, Promise<PathContent | undefined>>()
  return {
    has: (md5, options) => cache.has(md5, options),
    hash: (location, options) => {
      if (options?.isLegacy === true) return cache.hash(location, options)
      const hashing = known.get(location) ?? cache.hash(location, { skipsMembers: true })
      known.set(location, hashing)
      return hashing
    },
  }
}
