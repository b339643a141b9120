/** From what a user types to stages. */

import { resolve } from 'node:path'
import { ToolkitError } from '../../core/errors.ts'
import { nameHint } from '../../core/nearest.ts'
import { isWithin } from './graph.ts'
import type { Pipeline } from './parse-pipeline.ts'
import type { Stage } from './stage.ts'
import { relativePosix } from './posix-path.ts'

/** Where targets are read from. */
export interface TargetScope {
  /** Absolute root of the repository. */
  readonly root: string
  /** Absolute folder the command works in. */
  readonly directory: string
  /** Whether the command has `--recursive`, which a target that is a folder then asks for. */
  readonly takesFolders?: boolean
  /** What `.dvcignore` says; looked at to explain why a stage is not there. */
  readonly ignore?: HidingRules
}

/** Says which line of which `.dvcignore` decides about a path. */
export interface HidingRules {
  isIgnored(location: string, isFolder: boolean): boolean
  explain(
    location: string,
    isFolder: boolean,
  ): { readonly file: string | undefined; readonly line: number } | undefined
}

/**
 * The stages that targets name, each once, in the order of the targets: a stage or a `foreach` or
 * `matrix` group of the folder's `dvc.yaml`, `path/dvc.yaml:stage`, a whole `dvc.yaml`, a `*.dvc` file.
 * No targets mean all stages of the folder's own `dvc.yaml`.
 *
 * @throws {ToolkitError} `PIPELINE_STAGE_UNKNOWN`
 */
export function selectStages(
  { stages, emptyGroups }: Pick<Pipeline, 'stages' | 'emptyGroups'>,
  targets: readonly string[],
  scope: TargetScope,
): Stage[] {
  const found = new Set<Stage>()
  // A file without stages, which may still name plots and metrics, has nothing to do.
  if (targets.length === 0) return stagesNamed('dvc.yaml', stages, scope)
  for (const target of targets) {
    const named = stagesNamed(target, stages, scope)
    if (named.length === 0 && !isEmptyGroup(target, emptyGroups, scope)) {
      throw unknownError(target, stages, scope)
    }
    for (const stage of named) found.add(stage)
  }
  return [...found]
}

function stagesNamed(target: string, stages: readonly Stage[], scope: TargetScope): Stage[] {
  const [, file = '', name = ''] = /^(.*dvc\.yaml)(?::(.*))?$/s.exec(target) ?? []
  if (file !== '') {
    const path = fromRoot(file, scope)
    const inFile = stages.filter((stage) => stage.file === path)
    return name === '' ? inFile : inFile.filter((stage) => isNamed(stage, name))
  }
  if (target.endsWith('.dvc')) {
    const path = fromRoot(target, scope)
    return stages.filter((stage) => stage.file === path)
  }
  const own = fromRoot('dvc.yaml', scope)
  return stages.filter((stage) => stage.file === own && isNamed(stage, target.replace(/^:/, '')))
}

/** A `foreach` over an empty list is there, and has nothing to do. */
function isEmptyGroup(
  target: string,
  emptyGroups: Pipeline['emptyGroups'],
  scope: TargetScope,
): boolean {
  const [, file = 'dvc.yaml', name = ''] = /^(?:(.*dvc\.yaml):|:)?(.*)$/s.exec(target) ?? []
  return emptyGroups.get(fromRoot(file, scope))?.includes(name) === true
}

function isNamed(stage: Stage, name: string): boolean {
  return stage.name === name || stage.group === name
}

function fromRoot(path: string, { root, directory }: TargetScope): string {
  return relativePosix(root, resolve(directory, path))
}

function unknownError(target: string, stages: readonly Stage[], scope: TargetScope): ToolkitError {
  const groups = stages.flatMap(({ address, name, group }) =>
    group === undefined ? [] : [address.slice(0, address.length - name.length) + group],
  )
  const names = stages.map((stage) => stage.address)
  const hint =
    hintForHidden(target, scope) ??
    hintForFolder(target, stages, scope) ??
    nameHint(target, [...new Set([...groups, ...names])], 'stages')
  return new ToolkitError('PIPELINE_STAGE_UNKNOWN', `there is no stage '${target}'`, {
    hint,
    details: { target, names },
  })
}

function hintForHidden(target: string, { directory, ignore }: TargetScope): string | undefined {
  const [, file = 'dvc.yaml'] = /^(.*(?:dvc\.yaml|\.dvc))(?::.*)?$/s.exec(target) ?? []
  const rule = findHiding(resolve(directory, file), ignore)
  return rule && `'${file}' is hidden by ${rule}`
}

/** The line of a `.dvcignore` that hides a file itself, as `.dvcignore:3`. */
export function findHiding(location: string, ignore: HidingRules | undefined): string | undefined {
  if (ignore?.isIgnored(location, false) !== true) return undefined
  const rule = ignore.explain(location, false)
  return rule?.file === undefined ? '.dvcignore' : `${rule.file}:${rule.line}`
}

/** What somebody meant who named a folder with stages or outputs below it. */
export function hintForFolder(
  target: string,
  stages: readonly Stage[],
  { root, directory, takesFolders = false }: TargetScope,
): string | undefined {
  const folder = resolve(directory, target)
  const below = stages.filter(
    ({ file, outputs }) =>
      isWithin(resolve(root, file), folder) ||
      outputs.some(({ location }) => isWithin(location, folder)),
  )
  if (below.length === 0) return undefined
  if (takesFolders) return `it is a folder: add --recursive to take all that lies in it`
  const names = below.map(({ address }) => address)
  return `it is a folder: name ${names.length === 1 ? names[0] : `one of ${names.join(', ')}`}`
}
