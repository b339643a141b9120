/** Turns what a finished experiment left in its work tree into a commit. */

import { dirname, join } from 'node:path'
import { runGit, type GitInput } from '../repository/git-process.ts'
import type { Snapshot } from '../repository/snapshot.ts'
import { existsNow } from '../repository/text-file.ts'
import { isWithin } from '../stages/graph.ts'
import type { Pipeline } from '../stages/parse-pipeline.ts'
import { createProblems } from '../yaml/problems.ts'
import { parseYamlNode, toYamlValue } from '../yaml/yaml-node.ts'
import { isYamlMap, type YamlMap, type YamlScalar, type YamlValue } from '../yaml/yaml-value.ts'
import { formatMessage } from './commit-message.ts'
import { ownFiles } from './own-files.ts'
import { addForced, diffTrees, type TreeBuilder } from './tree-process.ts'
import { relativePosix } from '../stages/posix-path.ts'

/** What to save. */
export interface SaveOptions {
  readonly worktree: string
  readonly baseline: string
  /** The tree that it started from. */
  readonly start: string
  readonly snapshot: Snapshot
  readonly pipeline: Pipeline
  /** Paths from the work tree's root that are only there to run, as links to what git ignores: they stay as at the start. */
  readonly excluded: readonly string[]
  readonly message: string | undefined
  readonly input: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * Commits everything that git tracks or would track in the work tree, and metrics, plots, parameter and
 * pipeline files that are not in the cache even where git ignores them.
 *
 * @returns the commit and its tree
 * @throws {ToolkitError} `GIT_FAILED`
 */
export function saveExperiment(options: SaveOptions): { commit: string; tree: string } {
  const { worktree, baseline, snapshot, env, message, input } = options
  const run = (args: readonly string[], more: GitInput = {}): Buffer =>
    runGit(worktree, args, { env, ...more })
  const git = (args: readonly string[], more: GitInput = {}): string =>
    run(args, more).toString('utf8').trim()
  git(['add', '--all', '--', ':/'])
  addForced(run, uncachedFiles(options))
  const tree = keepAsAtStart(run, options)
  const commitEnv = { ...env, ...identityOf(worktree, env) }
  const text = formatMessage(readLocks(snapshot), { message, input })
  const commit = git(['commit-tree', tree, '-p', baseline], { input: text, env: commitEnv })
  return { commit, tree }
}

/** @returns the tree */
function keepAsAtStart(
  run: TreeBuilder['run'],
  { excluded, start }: Pick<SaveOptions, 'excluded' | 'start'>,
): string {
  const writeTree = (): string => run(['write-tree']).toString('utf8').trim()
  const input = excluded.map((path) => `${path}\0`).join('')
  run(['update-index', '-z', '--force-remove', '--stdin'], { input })
  const without = writeTree()
  const paths = new Set(excluded)
  const lines = Array.from(diffTrees(run, without, start), ([path, { after }]) =>
    after !== undefined && paths.has(path) ? `${after.mode} ${after.object}\t${path}\0` : '',
  )
  run(['update-index', '-z', '--index-info'], { input: lines.join('') })
  return writeTree()
}

function uncachedFiles({ worktree, pipeline, snapshot }: SaveOptions): string[] {
  const outputs = pipeline.stages.flatMap((stage) => stage.outputs)
  const locations = outputs.filter(({ isCached }) => !isCached).map(({ location }) => location)
  return [...new Set([...locations, ...ownFiles(pipeline.stages, snapshot)])]
    .filter((location) => isWithin(location, worktree) && existsNow(location))
    .map((location) => relativePosix(worktree, location))
}

/** The stages of every `dvc.lock`; later files win where two have a stage of the same name. */
function readLocks({ root, pipelineFiles, readText }: Snapshot): YamlMap {
  const stages = new Map<YamlScalar, YamlValue>()
  for (const file of pipelineFiles) {
    if (!file.endsWith('dvc.yaml')) continue
    const text = readText(join(root, dirname(file), 'dvc.lock'))
    const node = text === undefined ? undefined : parseYamlNode(text, file, createProblems())
    const lock = node === undefined ? undefined : toYamlValue(node)
    const own = isYamlMap(lock) ? lock.get('stages') : undefined
    if (isYamlMap(own)) for (const [name, entry] of own) stages.set(name, entry)
  }
  return stages
}

/** Variables that name the committer where git knows none: an experiment on such a machine is saved too. */
export function identityOf(
  gitRoot: string,
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const known = runGit(gitRoot, ['var', 'GIT_COMMITTER_IDENT'], { env, accepts: [1, 128] })
  if (known.length > 0) return {}
  const [name, email] = ['mlpt', 'mlpt@localhost']
  return {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
  }
}
