/** Which stages run, in which order, and why. Pure: no file is read here. */

import { isAbsolute } from 'node:path'
import type { Fingerprint, StageRecord } from '../stages/record.ts'
import { isSameOrWithin, isWithin, type Upstream } from '../stages/graph.ts'
import type { Output, Stage } from '../stages/stage.ts'
import {
  areYamlValuesEqual,
  describeYamlValue,
  isYamlMap,
  type YamlValue,
} from '../yaml/yaml-value.ts'

/** Why a stage is not up to date. */
export type Reason =
  | { readonly kind: 'never-run' | 'always-changed' | 'forced' }
  /** What an import says of itself is not what its checksum was made of: it was edited by hand. */
  | { readonly kind: 'definition-changed' }
  | { readonly kind: 'command-changed'; readonly before: string; readonly after: string }
  /** `name` is a path, or `file:key` for a parameter; absent is `undefined`. */
  | {
      readonly kind: 'dependency-changed'
      readonly name: string
      readonly before: string | undefined
      readonly after: string | undefined
    }
  | {
      readonly kind: 'output-missing' | 'output-changed' | 'output-not-in-cache'
      readonly path: string
    }
  | { readonly kind: 'upstream-runs'; readonly stage: string }

/**
 * `restore` puts outputs back from the cache instead of running; `save` takes what is there:
 * added data that changed, what a frozen stage has, and outputs whose copies in the cache are gone.
 */
export type Action = 'skip' | 'save' | 'restore' | 'run'

/** What is to be done with a stage; without reasons it is up to date. */
export interface Decision {
  readonly action: Action
  readonly reasons: readonly Reason[]
}

/** A stage with what is to be done with it. */
export interface PlannedStage extends Decision {
  readonly stage: Stage
}

/** What is on disk for a stage now, and what was recorded. Keys are paths as dvc.yaml writes them. */
export interface StageState {
  readonly record: StageRecord | undefined
  /** The command as the lock would give it back. */
  readonly command: string | readonly string[] | undefined
  readonly dependencies: ReadonlyMap<string, Fingerprint | undefined>
  /** By file; a file that does not exist is `undefined`. */
  readonly parameters: ReadonlyMap<string, ReadonlyMap<string, YamlValue> | undefined>
  readonly outputs: ReadonlyMap<string, Fingerprint | undefined>
  /** Paths that are as DVC 2 recorded them. */
  readonly alike: ReadonlySet<string>
  /** Outputs whose recorded content is in the cache, whole. */
  readonly inCache: ReadonlySet<string>
}

/** Decides about one stage from fresh state alone, as the engine does before it acts on it. */
export function decideStage(stage: Stage, state: StageState): Decision {
  const outputReasons = outputChanges(stage, state)
  if (stage.data !== undefined) return decideData(outputReasons, stage, state)
  const inputReasons = inputChanges(stage, state)
  if (stage.isFrozen) return decideFrozen(inputReasons, outputReasons, stage, state)
  if (inputReasons.length > 0) {
    return { action: 'run', reasons: [...inputReasons, ...outputReasons] }
  }
  return { action: actionFor(outputReasons, stage, state), reasons: outputReasons }
}

function actionFor(reasons: readonly Reason[], stage: Stage, state: StageState): Action {
  if (reasons.length === 0) return 'skip'
  if (reasons.every(({ kind }) => kind === 'output-not-in-cache')) return 'save'
  return isRestorable(stage, state) ? 'restore' : 'run'
}

/** Whether all that is missing or differs lies in the cache. What a stage adds to is not set back. */
function isRestorable(stage: Stage, state: StageState): boolean {
  return stage.outputs.every(({ path, isPersistent }) => {
    if (isOutputKept(path, state)) return true
    const isGrown = isPersistent && state.outputs.get(path) !== undefined
    return !isGrown && state.inCache.has(path)
  })
}

function isOutputKept(path: string, { record, outputs, alike }: StageState): boolean {
  const recorded = record?.outputs.get(path)
  if (recorded?.md5 === undefined) return false
  return recorded.isLegacy ? alike.has(path) : outputs.get(path)?.md5 === recorded.md5
}

/** Added data is what it is: a change is taken over, and what is missing comes back or cannot be had. */
function decideData(own: readonly Reason[], stage: Stage, state: StageState): Decision {
  const sources = stage.isFrozen ? [] : sourceChanges(stage, state)
  const reasons = [...definitionChanges(stage), ...sources, ...own]
  if (reasons.length === 0) return { action: 'skip', reasons }
  if (isOnlyWrittenDown(stage)) return { action: 'run', reasons }
  if (isTakenFromSource(stage)) return { action: actionForImport(reasons, stage, state), reasons }
  const isMissing = reasons.some(({ kind }) => kind === 'output-missing')
  if (!isMissing) return { action: 'save', reasons }
  return { action: isRestorable(stage, state) ? 'restore' : 'run', reasons }
}

/** An import that is not frozen is what its source is, as the output of a stage is what its command makes. */
function actionForImport(reasons: readonly Reason[], stage: Stage, state: StageState): Action {
  if (reasons.every(({ kind }) => kind === 'output-not-in-cache')) return 'save'
  const isLost = reasons.every(({ kind }) => kind === 'output-missing')
  return isLost && isRestorable(stage, state) ? 'restore' : 'run'
}

function definitionChanges({ data }: Stage): Reason[] {
  const checksum = data?.checksum
  if (checksum?.recorded === undefined || checksum.recorded === checksum.actual) return []
  return [{ kind: 'definition-changed' }]
}

/** Of an import that is not frozen; what lies on the web or in another repository is not asked for each time. */
function sourceChanges(stage: Stage, state: StageState): Reason[] {
  if (stage.data?.isImport !== true || state.record === undefined) return []
  const reasons = dependencyChanges(stage, state, state.record)
  const local = stage.dependencies.filter(({ location }) => isAbsolute(location))
  return reasons.filter(
    (reason) => 'name' in reason && local.some(({ path }) => path === reason.name),
  )
}

/** Whether an import was made with `--no-download`: nothing says what its data is. */
export function isOnlyWrittenDown({ data, outputs }: Stage): boolean {
  if (data?.isImport !== true) return false
  return outputs.some(({ path }) => data.record.outputs.get(path)?.md5 === undefined)
}

/** Whether a run takes the data of a stage from where it was imported. */
export function isTakenFromSource(stage: Stage): boolean {
  return isOnlyWrittenDown(stage) || (stage.data?.isImport === true && !stage.isFrozen)
}

/** A frozen stage never runs, as in DVC: what is there is recorded as what it makes. */
function decideFrozen(
  inputReasons: readonly Reason[],
  outputReasons: readonly Reason[],
  stage: Stage,
  state: StageState,
): Decision {
  const reasons = [...inputReasons, ...outputReasons]
  const isNothing = state.record === undefined && stage.outputs.length === 0
  if (reasons.length === 0 || isNothing) return { action: 'skip', reasons: [] }
  if (isAllThere(stage, state)) return { action: 'save', reasons }
  const isLostOnly = inputReasons.length === 0 && isRestorable(stage, state)
  return { action: isLostOnly ? 'restore' : 'run', reasons }
}

function isAllThere(stage: Stage, { outputs }: StageState): boolean {
  return stage.outputs.every(({ path }) => outputs.get(path) !== undefined)
}

/** The decision about a stage that has to run whatever its state. */
export function forceDecision(stage: Stage, state: StageState, decision: Decision): Decision {
  if (stage.data !== undefined && !isTakenFromSource(stage)) return decision
  const reasons = [{ kind: 'forced' } as const, ...decision.reasons]
  if (stage.data !== undefined) return { action: 'run', reasons }
  return { action: stage.isFrozen && isAllThere(stage, state) ? 'save' : 'run', reasons }
}

function inputChanges(stage: Stage, state: StageState): Reason[] {
  const { record } = state
  if (record === undefined) return [{ kind: 'never-run' }]
  const reasons: Reason[] = []
  if (!isSameCommand(record.command, state.command)) {
    reasons.push({
      kind: 'command-changed',
      before: [record.command ?? ''].flat().join(' && '),
      after: [state.command ?? ''].flat().join(' && '),
    })
  }
  // A frozen stage looks at its command only.
  if (stage.isFrozen) return reasons
  reasons.push(...dependencyChanges(stage, state, record))
  reasons.push(...parameterChanges(stage, state, record))
  if (isAlwaysRun(stage)) reasons.push({ kind: 'always-changed' })
  return reasons
}

function dependencyChanges(stage: Stage, state: StageState, record: StageRecord): Reason[] {
  const reasons: Reason[] = []
  for (const { path } of stage.dependencies) {
    const before = record.dependencies.get(path)?.md5
    const after = state.dependencies.get(path)?.md5
    if (state.alike.has(path)) continue
    if (after === undefined || before !== after) {
      reasons.push({ kind: 'dependency-changed', name: path, before, after })
    }
  }
  return reasons
}

type Command = string | readonly string[] | undefined

function isSameCommand(a: Command, b: Command): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

/** Nothing says whether a stage without inputs and outputs is up to date, so it runs each time. */
function isAlwaysRun(stage: Stage): boolean {
  const paths = [...stage.dependencies, ...stage.parameters, ...stage.outputs]
  return stage.isAlwaysChanged || paths.length === 0
}

function parameterChanges(stage: Stage, state: StageState, record: StageRecord): Reason[] {
  return stage.parameters.flatMap(({ path, keys }): Reason[] => {
    const before = record.parameters.get(path)
    const after = state.parameters.get(path)
    if (before === undefined || after === undefined) {
      const change = { name: path, before: before && 'recorded', after: after && 'present' }
      return [{ kind: 'dependency-changed', ...change }]
    }
    const names = keys ?? [...new Set([...after.keys(), ...before.keys()])]
    return names
      .filter((name) => !isSameValue(before.get(name), after.get(name)))
      .flatMap((name) => valueChanges(`${path}:${name}`, before.get(name), after.get(name)))
  })
}

/** Of two maps only the members that differ: who changed one of many wants to read which. */
function valueChanges(
  name: string,
  before: YamlValue | undefined,
  after: YamlValue | undefined,
): Reason[] {
  const whole: Reason = {
    kind: 'dependency-changed',
    name,
    before: describeIfPresent(before),
    after: describeIfPresent(after),
  }
  if (!isYamlMap(before) || !isYamlMap(after)) return [whole]
  const changes = [...new Set([...after.keys(), ...before.keys()])]
    .filter((key) => !isSameValue(before.get(key), after.get(key)))
    .flatMap((key) => valueChanges(`${name}.${String(key)}`, before.get(key), after.get(key)))
  // Whatever made the two differ, there is a reason.
  return changes.length === 0 ? [whole] : changes
}

function isSameValue(a: YamlValue | undefined, b: YamlValue | undefined): boolean {
  return a !== undefined && b !== undefined && areYamlValuesEqual(a, b)
}

function describeIfPresent(value: YamlValue | undefined): string | undefined {
  return value === undefined ? undefined : describeYamlValue(value)
}

function outputChanges(stage: Stage, state: StageState): Reason[] {
  const { record, outputs, inCache } = state
  if (record === undefined) return []
  return stage.outputs.flatMap(({ path, isCached }): Reason[] => {
    if (outputs.get(path) === undefined) return [{ kind: 'output-missing', path }]
    if (!isOutputKept(path, state)) return [{ kind: 'output-changed', path }]
    return isCached && !inCache.has(path) ? [{ kind: 'output-not-in-cache', path }] : []
  })
}

/** What a plan is made from. */
export interface PlanningOptions {
  readonly states: ReadonlyMap<Stage, StageState>
  readonly force: boolean
  /** Whether what reads from a stage that is out of date is forced. */
  readonly forcesBelow?: boolean
  /** How each stage is decided about. */
  readonly decide?: (stage: Stage, state: StageState) => Decision
}

/**
 * Plans a whole run before anything has run, for `--dry` and `status`. A stage
 * below one that runs is planned to run, though the engine will skip it when the
 * results turn out to be the same.
 *
 * @param stages - in the order in which they run
 */
export function planPipeline(
  stages: readonly Stage[],
  upstream: Upstream,
  { states, force, forcesBelow = false, decide = decideStage }: PlanningOptions,
): PlannedStage[] {
  const planned = new Map<Stage, PlannedStage>()
  for (const stage of stages) {
    const parents = (upstream.get(stage) ?? []).flatMap((parent) => planned.get(parent) ?? [])
    const state = expectRestored(stage, states.get(stage)!, parents, states)
    const decision = decide(stage, state)
    const isBelow = forcesBelow && parents.some(({ action }) => action !== 'skip')
    const isForced = force || (isBelow && !stage.isFrozen)
    planned.set(stage, {
      stage,
      ...planStage(stage, decision, { state, parents, force: isForced }),
    })
  }
  return [...planned.values()]
}

function planStage(
  stage: Stage,
  decision: Decision,
  {
    state,
    parents,
    force,
  }: {
    readonly state: StageState
    readonly parents: readonly PlannedStage[]
    readonly force: boolean
  },
): Decision {
  if (stage.data !== undefined || stage.isFrozen) {
    return force ? forceDecision(stage, state, decision) : decision
  }
  const running = parents.filter((parent) => parent.action === 'run')
  const own = decision.reasons.filter((reason) => !isExplainedBy(reason, stage, running))
  const reasons: Reason[] = [
    ...(force ? [{ kind: 'forced' } as const] : []),
    ...own,
    ...running.map((parent) => ({ kind: 'upstream-runs', stage: parent.stage.address }) as const),
  ]
  if (force || running.length > 0) return { action: 'run', reasons }
  return decision
}

/** A changed input that a running stage is about to write again says nothing of its own. */
function isExplainedBy(reason: Reason, stage: Stage, running: readonly PlannedStage[]): boolean {
  if (reason.kind !== 'dependency-changed') return false
  const location = stage.dependencies.find(({ path }) => path === reason.name)?.location
  return location !== undefined && running.some((parent) => writes(parent.stage, location))
}

function writes(stage: Stage, location: string): boolean {
  return stage.outputs.some((output) => touches(output, location))
}

function touches(output: Output, location: string): boolean {
  return isSameOrWithin(location, output.location) || isWithin(output.location, location)
}

/** What upstream stages are about to restore counts as being there already, with the recorded hash. */
function expectRestored(
  stage: Stage,
  state: StageState,
  parents: readonly PlannedStage[],
  states: ReadonlyMap<Stage, StageState>,
): StageState {
  const restored = parents.filter((parent) => parent.action === 'restore')
  if (restored.length === 0) return state
  const dependencies = new Map(state.dependencies)
  for (const { path, location } of stage.dependencies) {
    for (const parent of restored) {
      const md5 = restoredHash(parent.stage, location, states.get(parent.stage)!)
      const known =
        md5 ??
        (writes(parent.stage, location) ? state.record?.dependencies.get(path)?.md5 : undefined)
      if (known !== undefined) {
        dependencies.set(path, {
          md5: known,
          sizeBytes: 0,
          fileCount: undefined,
          isExecutable: false,
        })
      }
    }
  }
  return { ...state, dependencies }
}

function restoredHash(parent: Stage, location: string, state: StageState): string | undefined {
  const output = parent.outputs.find((candidate) => candidate.location === location)
  return output && state.record?.outputs.get(output.path)?.md5
}

/** A reason as a few words: `params.yaml:lr changed from 0.1 to 0.2`. */
export function describeReason(reason: Reason): string {
  switch (reason.kind) {
    case 'never-run':
      return 'it has not run yet'
    case 'always-changed':
      return 'it runs every time'
    case 'forced':
      return 'forced'
    case 'command-changed':
      return 'its command changed'
    case 'definition-changed':
      return 'its checksum is not that of what it says'
    case 'output-missing':
      return `${reason.path} is missing`
    case 'output-not-in-cache':
      return `the cache has no copy of ${reason.path}`
    case 'output-changed':
      return `${reason.path} is not what was recorded`
    case 'upstream-runs':
      return `${reason.stage} ${reason.stage.endsWith('.dvc') ? 'has to be fetched' : 'runs'}`
    case 'dependency-changed':
      return describeChange(reason.name, reason.before, reason.after)
  }
}

function describeChange(
  name: string,
  before: string | undefined,
  after: string | undefined,
): string {
  if (after === undefined) return `${name} is missing`
  if (before === undefined) return `${name} is new`
  // Hashes say nothing to a person; parameter values do.
  const isHash = /^[0-9a-f]{32}(?:\.dir)?$/.test(after)
  return isHash ? `${name} changed` : `${name} changed from ${before} to ${after}`
}
