import type { Command } from 'commander'
import { ToolkitError } from '../../core/errors.ts'
import { formatJson } from '../../core/json.ts'
import type { Applied } from '../../pipeline/experiments/index.ts'
import {
  addDataFlags,
  withData,
  type DataContext,
  type DataFlags,
} from '../contexts/data-context.ts'
import { openExperimentsRepository } from '../contexts/experiment-flags.ts'
import { storeDirectory } from '../contexts/project-context.ts'

interface ApplyFlags extends DataFlags {
  readonly force?: boolean
}

/** Adds `mlpt exp apply`: the files and outputs of an experiment into the work tree. */
export function addExpApplyCommand(exp: Command): void {
  const command = exp
    .command('apply')
    .description(
      'bring the files and outputs of an experiment into the work tree, as changes to commit',
    )
    .argument('<experiment>', 'its name')
    .option('-f, --force', 'overwrite changes that are not committed; they are kept as a stash')
  addDataFlags(command).action(apply)
}

async function apply(name: string, flags: ApplyFlags): Promise<void> {
  await openExperimentsRepository()
  const { applied, missing } = await withData(flags, (context) =>
    applyWithOutputs(name, flags, context),
  )
  const { experiment, changed, stash } = applied
  if (flags.json === true) {
    process.stdout.write(formatJson({ ...experiment, changed, stash: stash ?? null, missing }))
  } else {
    for (const path of changed) process.stdout.write(`${path}\n`)
    process.stderr.write(`the work tree has the files of '${experiment.name}'\n`)
    if (stash !== undefined) {
      process.stderr.write('what it had before: git restore --source=refs/exps/apply/stash :/\n')
    }
  }
  if (missing.length > 0) throw missingError(missing)
}

async function applyWithOutputs(
  name: string,
  { force = false }: ApplyFlags,
  { repository, cache }: DataContext,
): Promise<{ readonly applied: Applied; readonly missing: readonly string[] }> {
  const { applyExperiment, openExperiment, pathInGit, underGit } =
    await import('../../pipeline/experiments/index.ts')
  const { readPipeline } = await import('../../pipeline/repository/snapshot.ts')
  const { checkCheckout, checkoutData } = await import('../../pipeline/versioning/checkout-data.ts')
  const inGit = underGit(repository)
  const { gitRoot, stateFolder } = inGit
  const store = pathInGit(gitRoot, storeDirectory(undefined))
  const excluded = store === undefined ? [] : [store]
  const env = process.env
  const snapshot = openExperiment(inGit, name)
  if (!force) await checkCheckout(repository, cache, snapshot)
  const outputs = readPipeline(snapshot).stages.flatMap((stage) => stage.outputs)
  const made = outputs
    .filter(({ isCached }) => !isCached)
    .flatMap(({ location }) => pathInGit(gitRoot, location) ?? [])
  const applied = applyExperiment({ gitRoot, stateFolder, excluded, made, name, force, env })
  const { failed } = await checkoutData(repository, cache, { isForced: force })
  return { applied, missing: failed.map(({ path }) => path) }
}

function missingError(paths: readonly string[]): ToolkitError {
  const what = paths.length === 1 ? `'${paths[0]}'` : `${paths.length} files`
  return new ToolkitError(
    'CACHE_OBJECT_MISSING',
    `the cache does not have ${what} of this experiment`,
    { hint: 'get them with mlpt pull, or make them with mlpt run', details: { paths } },
  )
}
