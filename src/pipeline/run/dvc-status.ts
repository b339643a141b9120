/** The status of stages in the words and the JSON of `dvc status --json`. */

import { isAbsolute } from 'node:path'
import { isSameOrWithin } from '../stages/graph.ts'
import { isAddress } from '../stages/stage-path.ts'
import type { Output, Stage, StagePath } from '../stages/stage.ts'
import type { TargetScope } from '../stages/targets.ts'
import { areYamlValuesEqual, type YamlValue } from '../yaml/yaml-value.ts'
import type { StageState } from './plan.ts'
import { relativePosix } from '../stages/posix-path.ts'

/** One finding: paths by what became of them, or a text. */
export type DvcFinding =
  | 'always changed'
  | 'changed command'
  | 'changed checksum'
  | { readonly 'changed deps': DvcChanges }
  | { readonly 'changed outs': DvcChanges }

/** What became of each path; of a parameter file, of each key. */
export type DvcChanges = Readonly<Record<string, string | Readonly<Record<string, string>>>>

/** Findings by stage; a stage without any is not in it. */
export type DvcStatus = Readonly<Record<string, readonly DvcFinding[]>>

/** Paths are named from the folder the command works in, but those outside of the repository. */
export function describeForDvc(
  stages: readonly { readonly stage: Stage; readonly state: StageState }[],
  scope: TargetScope,
): DvcStatus {
  const found = stages.map(({ stage, state }) => [stage.address, findingsOf(stage, state, scope)])
  return Object.fromEntries(found.filter(([, findings]) => findings!.length > 0))
}

function findingsOf(stage: Stage, state: StageState, scope: TargetScope): DvcFinding[] {
  const findings: DvcFinding[] = []
  const dependencies = stage.isFrozen ? {} : changedDependencies(stage, state, scope)
  const outputs = changedOutputs(stage, state, scope)
  if (Object.keys(dependencies).length > 0) findings.push({ 'changed deps': dependencies })
  if (Object.keys(outputs).length > 0) findings.push({ 'changed outs': outputs })
  if (isAlwaysChanged(stage)) findings.push('always changed')
  if (isCommandNew(stage, state)) findings.push('changed command')
  const checksum = stage.data?.checksum
  if (checksum?.recorded !== undefined && checksum.recorded !== checksum.actual) {
    findings.push('changed checksum')
  }
  return findings
}

function isCommandNew(stage: Stage, { record, command }: StageState): boolean {
  if (stage.command === undefined || record?.command === undefined) return false
  return JSON.stringify(record.command) !== JSON.stringify(command)
}

function isAlwaysChanged(stage: Stage): boolean {
  const paths = [...stage.dependencies, ...stage.parameters, ...stage.outputs]
  return stage.isAlwaysChanged || (stage.command !== undefined && paths.length === 0)
}

function nameOf({ path: written, location }: StagePath, { root, directory }: TargetScope): string {
  if (isAddress(location)) return location
  if (isAbsolute(written)) return written
  if (!isSameOrWithin(location, root)) return location
  const path = relativePosix(directory, location)
  return path === '' ? '.' : path
}

function changedDependencies(stage: Stage, state: StageState, scope: TargetScope): DvcChanges {
  const changes: Record<string, string | Record<string, string>> = {}
  for (const dependency of stage.dependencies) {
    if (stage.data !== undefined && !isAbsolute(dependency.location)) continue
    const { path } = dependency
    const current = state.dependencies.get(path)
    const recorded = state.record?.dependencies.get(path)
    if (current === undefined) changes[nameOf(dependency, scope)] = 'deleted'
    else if (!state.alike.has(path) && current.md5 !== recorded?.md5) {
      changes[nameOf(dependency, scope)] = 'modified'
    }
  }
  for (const parameters of stage.parameters) {
    const change = changedParameters(parameters.path, parameters.keys, state)
    if (change !== undefined) changes[nameOf(parameters, scope)] = change
  }
  return changes
}

function changedParameters(
  path: string,
  keys: readonly string[] | undefined,
  { record, parameters }: StageState,
): string | Record<string, string> | undefined {
  const current = parameters.get(path)
  const recorded = record?.parameters.get(path)
  if (current === undefined) return 'deleted'
  if (recorded === undefined) return 'new'
  const changes: Record<string, string> = {}
  for (const key of keys ?? new Set([...current.keys(), ...recorded.keys()])) {
    const change = changeOf(recorded.get(key), current.get(key))
    if (change !== undefined) changes[key] = change
  }
  return Object.keys(changes).length === 0 ? undefined : changes
}

function changeOf(before: YamlValue | undefined, after: YamlValue | undefined): string | undefined {
  if (after === undefined) return 'deleted'
  if (before === undefined) return 'new'
  return areYamlValuesEqual(before, after) ? undefined : 'modified'
}

function changedOutputs(stage: Stage, state: StageState, scope: TargetScope): DvcChanges {
  const changes: Record<string, string> = {}
  for (const output of stage.outputs) {
    const change = outputChange(output, state)
    if (change !== undefined) changes[nameOf(output, scope)] = change
  }
  return changes
}

function outputChange({ path, isCached }: Output, state: StageState): string | undefined {
  const recorded = state.record?.outputs.get(path)
  const current = state.outputs.get(path)
  if (isCached && recorded?.md5 !== undefined && !state.inCache.has(path)) return 'not in cache'
  if (current === undefined) return 'deleted'
  if (state.alike.has(path)) return undefined
  return current.md5 === recorded?.md5 ? undefined : 'modified'
}
