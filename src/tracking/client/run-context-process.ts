/** Where a run comes from: git, machine, libraries, params.yaml, and the data of dvc.lock. */

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { parse } from 'yaml'
import { systemCode } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import { currentUser } from '../../core/current-user-process.ts'
import { isObject, parseJsonText } from '../../core/json.ts'
import type { DatasetInput, Pairs } from '../../core/tracking.ts'
import { packageVersion } from '../../core/version.ts'
import { flattenParams } from './run-values.ts'

/** What can be told about a run without asking its user. */
export interface RunContext {
  readonly tags: Pairs
  readonly params: Pairs
  readonly datasets: readonly DatasetInput[]
}

/** Names of the tags; MLflow's own where it has one. */
export const contextTags = {
  user: 'mlflow.user',
  source: 'mlflow.source.name',
  sourceType: 'mlflow.source.type',
  commit: 'mlflow.source.git.commit',
  branch: 'mlflow.source.git.branch',
  isDirty: 'mlpt.git.dirty',
  host: 'mlpt.host',
  node: 'mlpt.node',
  toolkit: 'mlpt.version',
  libraries: 'mlpt.libraries',
  dvcLock: 'mlpt.dvc.lock',
} as const

/** @throws {ToolkitError} `CONFIG_INVALID` when params.yaml or dvc.lock is no YAML */
export function readRunContext(directory: string): RunContext {
  const lock = readIfPresent(join(directory, 'dvc.lock'))
  const params = readIfPresent(join(directory, 'params.yaml'))
  return {
    tags: {
      ...readMachine(),
      ...readGit(directory),
      ...readLibraries(directory),
      ...(lock !== undefined && {
        [contextTags.dvcLock]: createHash('sha256').update(lock).digest('hex'),
      }),
    },
    params: params === undefined ? {} : flattenParams(parseYaml('params.yaml', params)),
    datasets: lock === undefined ? [] : toDatasets(parseYaml('dvc.lock', lock)),
  }
}

function readMachine(): Pairs {
  const script = process.argv[1]
  return {
    [contextTags.user]: currentUser(),
    [contextTags.source]: script === undefined ? 'node' : basename(script),
    [contextTags.sourceType]: 'LOCAL',
    [contextTags.host]: hostname(),
    [contextTags.node]: process.versions.node,
    [contextTags.toolkit]: packageVersion,
  }
}

/** Empty outside of a repository, before its first commit, and without git. */
function readGit(directory: string): Pairs {
  const git = (...args: readonly string[]): string | undefined => {
    const { status, stdout } = spawnSync('git', args, { cwd: directory, encoding: 'utf8' })
    return status === 0 ? stdout.trim() : undefined
  }
  const commit = git('rev-parse', 'HEAD')
  if (commit === undefined) return {}
  const branch = git('symbolic-ref', '--short', '-q', 'HEAD')
  return {
    [contextTags.commit]: commit,
    ...(branch !== undefined && { [contextTags.branch]: branch }),
    [contextTags.isDirty]: String(git('status', '--porcelain', '-uno') !== ''),
  }
}

/** The installed versions of what the nearest package.json depends on, as JSON. */
function readLibraries(directory: string): Pairs {
  const manifest = readIfPresent(join(directory, 'package.json'))
  if (manifest === undefined) {
    return dirname(directory) === directory ? {} : readLibraries(dirname(directory))
  }
  const versions = Object.keys(dependenciesOf(manifest)).flatMap((name) => {
    const installed = readIfPresent(join(directory, 'node_modules', name, 'package.json'))
    const version = installed === undefined ? undefined : parseObject(installed)['version']
    return typeof version === 'string' ? [[name, version] as const] : []
  })
  if (versions.length === 0) return {}
  return { [contextTags.libraries]: JSON.stringify(Object.fromEntries(versions.toSorted())) }
}

function dependenciesOf(manifest: string): Readonly<Record<string, unknown>> {
  const { dependencies } = parseObject(manifest)
  return isObject(dependencies) ? dependencies : {}
}

/** Somebody else's package.json may be anything. */
function parseObject(text: string): Readonly<Record<string, unknown>> {
  const value = parseJsonText(text)
  return isObject(value) ? value : {}
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined
    throw error
  }
}

function parseYaml(name: string, text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = parse(text)
    if (isObject(value)) return value
  } catch (cause) {
    throw new ToolkitError('CONFIG_INVALID', `${name} is no YAML`, { cause })
  }
  return {} // an empty file
}

/**
 * The data of a pipeline: what one stage writes and another reads, with the hash that dvc.lock has
 * of it. Files that people write (code, suites) are in git, and the commit tells them.
 */
function toDatasets(lock: Readonly<Record<string, unknown>>): readonly DatasetInput[] {
  const stages = isObject(lock['stages']) ? Object.values(lock['stages']).filter(isObject) : []
  const read = new Set(stages.flatMap((stage) => entriesOf(stage, 'deps').map(({ path }) => path)))
  return stages
    .flatMap((stage) => entriesOf(stage, 'outs'))
    .filter(({ path }) => read.has(path))
    .map((entry) => ({
      dataset: {
        name: entry.path,
        digest: entry.digest,
        sourceType: 'dvc',
        source: JSON.stringify({ path: entry.path, md5: entry.digest }),
        schema: undefined,
        profile:
          entry.sizeBytes === undefined
            ? undefined
            : JSON.stringify({ size_bytes: entry.sizeBytes }),
      },
      tags: { 'mlflow.data.context': 'pipeline' },
    }))
}

interface LockEntry {
  readonly path: string
  /** An md5, with '.dir' for a folder. */
  readonly digest: string
  readonly sizeBytes: number | undefined
}

function entriesOf(stage: Readonly<Record<string, unknown>>, list: string): readonly LockEntry[] {
  const entries: unknown = stage[list]
  if (!Array.isArray(entries)) return []
  return entries.filter(isObject).flatMap(({ path, md5, size }) => {
    if (typeof path !== 'string' || typeof md5 !== 'string') return []
    return [{ path, digest: md5, sizeBytes: typeof size === 'number' ? size : undefined }]
  })
}
