import type { Command } from 'commander'
import { ToolkitError } from '../../core/errors.ts'
import { formatJson } from '../../core/json.ts'
import type { Experiment, GitRepository } from '../../pipeline/experiments/index.ts'
import {
  openExperimentsRepository,
  toSelection,
  withBaselineFlags,
  type BaselineFlags,
} from '../contexts/experiment-flags.ts'
import { addJsonFlag, printResult, type JsonFlag } from '../output/print-result.ts'
import { addExpApplyCommand } from './exp-apply.ts'
import { addExpRunCommand } from './exp-run.ts'
import { addExpDiffCommand, addExpShowCommand } from './exp-show.ts'

/** Adds `mlpt exp` (also `experiments`), which runs, shows and keeps experiments as `dvc exp` does. */
export function addExpCommand(program: Command): void {
  const exp = program
    .command('exp')
    .alias('experiments')
    .description('run the pipeline with other parameters, compare, keep what is best')
  addExpRunCommand(exp)
  addExpShowCommand(exp)
  addExpDiffCommand(exp)
  addListCommand(exp)
  addExpApplyCommand(exp)
  addBranchCommand(exp)
  addRemoveCommand(exp)
  addRenameCommand(exp)
}

function addListCommand(exp: Command): void {
  const command = exp
    .command('list')
    .alias('ls')
    .description('list the experiments made on HEAD or on other commits')
    .argument('[remote]', 'a remote of git, or its address: those that lie there')
    .option('--names-only, --name-only', 'only their names')
    .option('--shas-only, --sha-only', 'only their commits')
    .option('--json', 'print one JSON document')
  withBaselineFlags(command, 'list').action(listStored)
}

interface ListFlags extends BaselineFlags {
  readonly nameOnly?: boolean
  readonly shaOnly?: boolean
  readonly json?: boolean
}

async function listStored(remote: string | undefined, flags: ListFlags): Promise<void> {
  const { nameCommits } = await import('../../pipeline/experiments/index.ts')
  const { openHistory } = await import('../../pipeline/repository/revision-process.ts')
  const repository = await openExperimentsRepository()
  const found = await selectExperiments(repository, flags, remote)
  if (flags.json === true) {
    process.stdout.write(formatJson({ experiments: found }))
  } else if (flags.nameOnly === true) {
    for (const { name } of found) process.stdout.write(`${name}\n`)
  } else if (flags.shaOnly === true) {
    for (const { commit } of found) process.stdout.write(`${commit}\n`)
  } else {
    process.stdout.write(
      formatList(found, nameCommits(repository.gitRoot, openHistory(repository))),
    )
  }
}

function formatList(found: readonly Experiment[], names: ReadonlyMap<string, string>): string {
  const baselines = [...new Set(found.map(({ baseline }) => baseline))]
  const lines = baselines.flatMap((baseline) => {
    const own = found.filter((experiment) => experiment.baseline === baseline)
    const title = `${names.get(baseline) ?? baseline.slice(0, 7)}:`
    return [title].concat(own.map(({ commit, name }) => `\t${commit.slice(0, 7)} [${name}]`))
  })
  return lines.map((line) => `${line}\n`).join('')
}

async function selectExperiments(
  repository: GitRepository,
  flags: BaselineFlags,
  remote?: string,
): Promise<Experiment[]> {
  const { listExperiments, listRemoteExperiments, selectBaselines } =
    await import('../../pipeline/experiments/index.ts')
  const { openHistory } = await import('../../pipeline/repository/revision-process.ts')
  const { gitRoot } = repository
  const all =
    remote === undefined ? listExperiments(gitRoot) : listRemoteExperiments(gitRoot, remote)
  if (flags.allCommits === true) return all
  const baselines = selectBaselines(gitRoot, toSelection(flags), openHistory(repository))
  return all.filter(({ baseline }) => baselines.includes(baseline))
}

function addBranchCommand(exp: Command): void {
  const command = exp
    .command('branch')
    .description('make a git branch of an experiment; the current branch stays')
    .argument('<experiment>', 'its name')
    .argument('[branch]', 'name of the branch (default: <experiment>-branch)')
  addJsonFlag(command).action(async (name: string, branch: string | undefined, flags: JsonFlag) => {
    const { branchExperiment } = await import('../../pipeline/experiments/index.ts')
    const { gitRoot } = await openExperimentsRepository()
    const created = branchExperiment(gitRoot, name, branch)
    printResult(flags, { experiment: name, branch: created }, `${created}\n`)
    process.stderr.write(`to go there: git switch ${created}\n`)
  })
}

interface RemoveFlags extends BaselineFlags, JsonFlag {
  readonly keep?: boolean
}

function addRemoveCommand(exp: Command): void {
  const command = exp
    .command('remove')
    .alias('rm')
    .description('remove experiments')
    .argument('[experiments...]', 'their names')
    .option('--keep', 'keep the named ones, and remove all others')
  addJsonFlag(withBaselineFlags(command, 'remove')).action(removeStored)
}

async function removeStored(names: string[], flags: RemoveFlags): Promise<void> {
  const isSelecting = flags.allCommits === true || flags.rev !== undefined
  if (names.length > 0 === isSelecting) {
    throw new ToolkitError(
      'CLI_USAGE',
      'name the experiments to remove, or choose them by a flag',
      {
        hint: 'write mlpt exp remove NAME…, or --rev COMMIT, or --all-commits',
      },
    )
  }
  const experiments = await import('../../pipeline/experiments/index.ts')
  const repository = await openExperimentsRepository()
  const { gitRoot } = repository
  const named = isSelecting
    ? await selectExperiments(repository, flags)
    : experiments.findExperiments(gitRoot, names)
  const refs = new Set(named.map(experiments.refOf))
  const removed =
    flags.keep === true
      ? experiments.listExperiments(gitRoot).filter((one) => !refs.has(experiments.refOf(one)))
      : named
  experiments.removeExperiments(gitRoot, removed)
  printResult(flags, { removed }, removed.map(({ name }) => `${name}\n`).join(''))
  if (removed.length === 0) process.stderr.write('there is nothing to remove\n')
}

interface RenameFlags extends JsonFlag {
  readonly force?: boolean
}

function addRenameCommand(exp: Command): void {
  const command = exp
    .command('rename')
    .description('give an experiment another name')
    .argument('<experiment>', 'its name')
    .argument('<name>', 'its new name')
    .option('-f, --force', 'replace an experiment that has the new name')
  addJsonFlag(command).action(async (name: string, to: string, flags: RenameFlags) => {
    const { renameExperiment } = await import('../../pipeline/experiments/index.ts')
    const { gitRoot } = await openExperimentsRepository()
    const renamed = renameExperiment(gitRoot, name, { to, force: flags.force === true })
    printResult(flags, { from: name, experiment: renamed }, `${to}\n`)
  })
}
