import { Command, CommanderError } from 'commander'
import { ToolkitError, formatError } from '../core/errors.ts'
import { nearestName } from '../core/nearest.ts'
import { packageVersion } from '../core/version.ts'
import { addAddCommand } from './commands/add.ts'
import { addCheckoutCommand } from './commands/checkout.ts'
import { addCommitCommand } from './commands/commit.ts'
import { addConfigCommand } from './commands/config.ts'
import { addDagCommand } from './commands/dag.ts'
import { addDataCommand } from './commands/data.ts'
import { addDemoCommand } from './commands/demo.ts'
import { addDepsCommand } from './commands/deps.ts'
import { addDiffCommand } from './commands/diff.ts'
import { addDriftCommand } from './commands/drift.ts'
import { addEvaluateCommand } from './commands/evaluate.ts'
import { addExpCommand } from './commands/exp.ts'
import { addFeaturesCommand } from './commands/features.ts'
import { addFetchCommand } from './commands/fetch.ts'
import { addFreezeCommands } from './commands/freeze.ts'
import { addGcCommand } from './commands/gc.ts'
import { addHistoryCommand } from './commands/history.ts'
import { addImportUrlCommand } from './commands/import-url.ts'
import { addIngestCommand } from './commands/ingest.ts'
import { addInitCommand } from './commands/init.ts'
import { addMergeLockCommand } from './commands/merge-lock.ts'
import { addMetricsCommand } from './commands/metrics.ts'
import { addMoveCommand } from './commands/move.ts'
import { addParamsCommand } from './commands/params.ts'
import { addPlotsCommand } from './commands/plots.ts'
import { addPromoteCommand } from './commands/promote.ts'
import { addPullCommand } from './commands/pull.ts'
import { addPushCommand } from './commands/push.ts'
import { addRemoteCommand } from './commands/remote.ts'
import { addRemoveCommand } from './commands/remove.ts'
import { addReportCommand } from './commands/report.ts'
import { addRootCommand } from './commands/root.ts'
import { addRunCommand } from './commands/run.ts'
import { addServeCommand } from './commands/serve.ts'
import { addServerCommand } from './commands/server.ts'
import { addStageCommand } from './commands/stage.ts'
import { addStatusCommand } from './commands/status.ts'
import { addTrainCommand } from './commands/train.ts'
import { addUnprotectCommand } from './commands/unprotect.ts'
import { addUpdateCommand } from './commands/update.ts'
import { addValidateCommand } from './commands/validate.ts'
import { addWhyCommand } from './commands/why.ts'
import { addWatchCommand } from './commands/watch.ts'

/** Runs one command line and returns when it is done; the exit code is left in `process.exitCode`. */
async function main(argv: readonly string[]): Promise<void> {
  const program = createProgram()
  try {
    await program.parseAsync([...argv], { from: 'user' })
  } catch (error) {
    report(asUsageError(error, program))
  }
}

function createProgram(): Command {
  const program = new Command('mlpt')
    .description('From a raw CSV to a monitored model behind an API')
    .version(packageVersion)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .allowExcessArguments(false)
  const additions = [
    addIngestCommand,
    addValidateCommand,
    addFeaturesCommand,
    addTrainCommand,
    addEvaluateCommand,
    addPromoteCommand,
    addRunCommand,
    addStatusCommand,
    addDagCommand,
    addWhyCommand,
    addRootCommand,
    addStageCommand,
    addMetricsCommand,
    addParamsCommand,
    addPlotsCommand,
    addDiffCommand,
    addDataCommand,
    addDepsCommand,
    addHistoryCommand,
    addMergeLockCommand,
    addWatchCommand,
    addExpCommand,
    addInitCommand,
    addAddCommand,
    addCommitCommand,
    addCheckoutCommand,
    addRemoveCommand,
    addMoveCommand,
    addImportUrlCommand,
    addUpdateCommand,
    addFreezeCommands,
    addUnprotectCommand,
    addPushCommand,
    addFetchCommand,
    addPullCommand,
    addGcCommand,
    addRemoteCommand,
    addConfigCommand,
    addReportCommand,
    addServeCommand,
    addServerCommand,
    addDriftCommand,
    addDemoCommand,
  ]
  for (const add of additions) add(program)
  for (const command of program.commands) {
    command.exitOverride().configureOutput({ writeErr: () => undefined })
    command.allowExcessArguments(false)
  }
  return program
}

/** Help and version are no failure; what commander refuses becomes one of our errors. */
function asUsageError(error: unknown, program: Command): unknown {
  if (!(error instanceof CommanderError)) return error
  if (error.exitCode === 0) return undefined
  if (error.code === 'commander.help') {
    process.stderr.write(program.helpInformation())
    return new ToolkitError('CLI_USAGE', 'name a command', { hint: 'see the list above' })
  }
  const message = error.message.replace(/^error: /, '').replaceAll(/\n\(Did you mean .*\)/g, '')
  return new ToolkitError('CLI_USAGE', message, { hint: hintFor(error.message, program) })
}

function hintFor(message: string, program: Command): string {
  const suggestion = /\(Did you mean (.*)\?\)/.exec(message)?.[1]
  if (suggestion !== undefined) return `did you mean '${suggestion}'?`
  const unknown = /unknown command '(.*?)'/.exec(message)?.[1]
  const names = program.commands.map((command) => command.name())
  const guess = unknown === undefined ? undefined : nearestName(unknown, names)
  return guess === undefined ? "run 'mlpt --help' for the list" : `did you mean '${guess}'?`
}

/** 70 is for what is not the user's to mend: a bug of ours. */
function report(error: unknown): void {
  if (error === undefined) return
  process.stderr.write(`${formatError(error)}\n`)
  process.exitCode = error instanceof ToolkitError ? error.exitCode : 70
}

await main(process.argv.slice(2))
