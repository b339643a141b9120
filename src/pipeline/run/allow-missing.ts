/** Deciding about stages of which not all data is here. Pure. */

import type { Fingerprint, RecordedPath, StageRecord } from '../stages/record.ts'
import type { Upstream } from '../stages/graph.ts'
import type { Stage, StagePath } from '../stages/stage.ts'
import { decideStage, type Decision, type StageState } from './plan.ts'

/** What is recorded of a stage. */
export type RecordOf = (stage: Stage) => StageRecord | undefined

/**
 * Decides as if all that is missing were there as it was recorded. Once anything else differs the
 * stage needs its data, and is decided about as ever.
 */
export function decideWithoutData(
  stage: Stage,
  state: StageState,
  { upstream, recordOf }: { readonly upstream: Upstream; readonly recordOf: RecordOf },
): Decision {
  const makers = upstream.get(stage) ?? []
  const expected = expectMissing(stage, state, (path, location) =>
    makers.some((maker) => makesAnother({ maker, recordOf, location }, hashOf(state, path))),
  )
  const decision = decideStage(stage, expected)
  return decision.action === 'skip' ? decision : decideStage(stage, state)
}

function hashOf({ record }: StageState, path: string): string | undefined {
  return record?.dependencies.get(path)?.md5
}

interface Made {
  readonly maker: Stage
  readonly recordOf: RecordOf
  readonly location: string
}

/** Whether a stage has since made something else than what was read. */
function makesAnother({ maker, recordOf, location }: Made, read: string | undefined): boolean {
  const output = maker.outputs.find((candidate) => candidate.location === location)
  if (output === undefined) return false
  return recordOf(maker)?.outputs.get(output.path)?.md5 !== read
}

function expectMissing(
  stage: Stage,
  state: StageState,
  isOutdated: (path: string, location: string) => boolean,
): StageState {
  const { record } = state
  if (record === undefined) return state
  const parameters = new Map(state.parameters)
  for (const { path } of stage.parameters) {
    parameters.set(path, parameters.get(path) ?? record.parameters.get(path))
  }
  const current = stage.dependencies.filter(({ path, location }) => !isOutdated(path, location))
  const dependencies = expectRecorded(current, state.dependencies, record.dependencies)
  const outputs = expectRecorded(stage.outputs, state.outputs, record.outputs)
  const alike = new Set([...state.alike, ...dependencies.legacy, ...outputs.legacy])
  return {
    ...state,
    dependencies: dependencies.present,
    outputs: outputs.present,
    parameters,
    alike,
    inCache: new Set(record.outputs.keys()),
  }
}

interface Expected {
  readonly present: ReadonlyMap<string, Fingerprint | undefined>
  /** What was filled in by a record of DVC 2. */
  readonly legacy: readonly string[]
}

function expectRecorded(
  paths: readonly StagePath[],
  found: ReadonlyMap<string, Fingerprint | undefined>,
  recorded: ReadonlyMap<string, RecordedPath>,
): Expected {
  const present = new Map(found)
  const legacy: string[] = []
  for (const { path } of paths) {
    const entry = recorded.get(path)
    if (entry?.md5 === undefined || found.get(path) !== undefined) continue
    const { md5, sizeBytes, fileCount, isExecutable } = entry
    present.set(path, { md5, sizeBytes, fileCount, isExecutable })
    if (entry.isLegacy) legacy.push(path)
  }
  return { present, legacy }
}
