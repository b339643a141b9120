import { Command, CommanderError } from 'commander'
import { ToolkitError, formatError } from '../core/errors.ts'
import { nearestName } from '../core/nearest.ts'
import { packageVersion } from '../core/version.ts'
import { commandList } from './command-list.ts'

/** Runs one command line and returns when it is done; the exit code is left in `process.exitCode`. */
async function main(argv: readonly string[]): Promise<void> {
  const program = await createProgram(argv[0])
  try {
    await program.parseAsync([...argv], { from: 'user' })
  } catch (error) {
    report(asUsageError(error, program))
  }
}

async function createProgram(firstWord: string | undefined): Promise<Command> {
  const program = new Command('mlpt')
    .description('From a raw CSV to a monitored model behind an API')
    .version(packageVersion)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .allowExcessArguments(false)
  // One command is loaded when the first word names it; all of them for help, and for a name that is not known.
  const named = commandList.filter(({ names }) => names.includes(firstWord ?? ''))
  const isVersion = firstWord === '--version' || firstWord === '-V'
  for (const { load } of named.length > 0 || isVersion ? named : commandList) {
    ;(await load())(program)
  }
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
