/** Looks for undeclared imports in a repository, and writes them into its `dvc.yaml` files. */

import { join } from 'node:path'
import { writeFileAtomically } from '../../core/atomic-file.ts'
import type { Repository } from '../repository/repository.ts'
import { readPipeline, type Snapshot } from '../repository/snapshot.ts'
import { openWorktree } from '../repository/worktree-file.ts'
import type { Pipeline } from '../stages/parse-pipeline.ts'
import type { Stage } from '../stages/stage.ts'
import { selectStages } from '../stages/targets.ts'
import { declareDependencies, type NewDependencies } from './declare-dependencies.ts'
import { findUndeclared, type UndeclaredImport } from './find-undeclared.ts'
import { createImportReader } from './import-closure-file.ts'
import { relativePosix } from '../stages/posix-path.ts'

/** What one stage loads without naming it; at least one file. */
export interface StageImports {
  /** As the stage is named from the folder the command works in. */
  readonly stage: string
  readonly undeclared: readonly UndeclaredImport[]
}

/** What `declareImports` did. */
export interface DeclaredImports {
  /** Entries of `stages` that got new `deps`, by file, as named from the folder the command works in. */
  readonly changed: readonly (NewDependencies & { readonly file: string })[]
  /** What only some members of a `foreach` or `matrix` load: their shared `deps` cannot say it. */
  readonly left: readonly StageImports[]
}

/**
 * The stages that load code which their `deps` do not name, in the order of their files.
 *
 * @param targets - as for a run; none means the stages of the folder's own `dvc.yaml`
 * @throws {ToolkitError} `PIPELINE_INVALID`, `PIPELINE_CYCLE`, `PIPELINE_STAGE_UNKNOWN`
 */
export async function readUndeclared(
  repository: Repository,
  targets: readonly string[],
): Promise<readonly StageImports[]> {
  const found = await findInStages(readPipeline(openWorktree(repository)), targets, repository)
  return found.map(({ stage, undeclared }) => ({ stage: stage.address, undeclared }))
}

interface FoundImports {
  readonly stage: Stage
  readonly undeclared: readonly UndeclaredImport[]
}

async function findInStages(
  pipeline: Pipeline,
  targets: readonly string[],
  repository: Repository,
): Promise<readonly FoundImports[]> {
  const reader = createImportReader(repository.root)
  const found: FoundImports[] = []
  for (const stage of selectStages(pipeline, targets, repository)) {
    const undeclared = await findUndeclared(stage, reader)
    if (undeclared.length > 0) found.push({ stage, undeclared })
  }
  return found
}

/**
 * Adds undeclared imports to the `deps` of their stages. Nothing is written when the pipeline
 * would no longer be one, as when a stage loads code that a later stage writes.
 *
 * @throws {ToolkitError} as `readUndeclared`, and `FILE_WRITE_FAILED`
 */
export async function declareImports(
  repository: Repository,
  targets: readonly string[],
): Promise<DeclaredImports> {
  const snapshot = openWorktree(repository)
  const pipeline = readPipeline(snapshot)
  const found = await findInStages(pipeline, targets, repository)
  const additions = planAdditions(found, pipeline.stages)
  const texts = editTexts(additions, snapshot)
  const readText = (location: string): string | undefined =>
    texts.get(location) ?? snapshot.readText(location)
  readPipeline({ ...snapshot, readText })
  for (const [location, text] of texts) await writeFileAtomically(location, text)
  const changed = additions.map((addition) => ({
    ...addition,
    file: relativePosix(repository.directory, join(repository.root, addition.file)),
  }))
  return { changed, left: leftOver(found, additions) }
}

/** `file` is from the repository's root. */
type Addition = NewDependencies & { readonly file: string }

function planAdditions(found: readonly FoundImports[], stages: readonly Stage[]): Addition[] {
  const entries = Map.groupBy(found, ({ stage }) => `${stage.file}:${entryOf(stage)}`)
  return Array.from(entries.values(), (members) => {
    const { file } = members[0]!.stage
    const entry = entryOf(members[0]!.stage)
    const count = stages.filter((stage) => stage.file === file && entryOf(stage) === entry).length
    const paths = members[0]!.undeclared
      .map(({ path }) => path)
      .filter((path) => count === members.filter((member) => lacks(member, path)).length)
    return { file, entry, paths }
  }).filter(({ paths }) => paths.length > 0)
}

function entryOf(stage: Stage): string {
  return stage.group ?? stage.name
}

function lacks({ undeclared }: FoundImports, path: string): boolean {
  return undeclared.some((imported) => imported.path === path)
}

function editTexts(additions: readonly Addition[], snapshot: Snapshot): Map<string, string> {
  const texts = new Map<string, string>()
  for (const [file, edits] of Map.groupBy(additions, (addition) => addition.file)) {
    const location = join(snapshot.root, file)
    const name = relativePosix(snapshot.directory, location)
    texts.set(location, declareDependencies(snapshot.readText(location) ?? '', name, edits))
  }
  return texts
}

function leftOver(found: readonly FoundImports[], additions: readonly Addition[]): StageImports[] {
  return found
    .map(({ stage, undeclared }) => {
      const added = additions.find(
        ({ file, entry }) => file === stage.file && entry === entryOf(stage),
      )
      return {
        stage: stage.address,
        undeclared: undeclared.filter(({ path }) => added?.paths.includes(path) !== true),
      }
    })
    .filter(({ undeclared }) => undeclared.length > 0)
}
