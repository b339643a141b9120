import { Command, CommanderError } from 'commander'
import { ToolkitError, formatError } from '../core/errors.ts'
import { packageVersion } from '../core/version.ts'
import { addLoudness } from './output/loudness.ts'
import { commandList } from './command-list.ts'
import { outliveReaders } from './output/outlive-readers.ts'

/** Runs one command line and returns when it is done; the exit code is left in `process.exitCode`. */
async function main(argv: readonly string[]): Promise<void> {
  const program = await createProgram(argv)
  using loudness = addLoudness(program)
  try {
    await program.parseAsync([...argv], { from: 'user' })
  } catch (error) {
    loudness[Symbol.dispose]()
    await report(await explain(error, program, argv), { argv, isVerbose: loudness.isVerbose })
  }
}

async function createProgram(argv: readonly string[]): Promise<Command> {
  const [firstWord] = argv
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
  if (argv.some((word) => helpWords.has(word))) {
    const { addExamples } = await import('./command-examples.ts')
    addExamples(program)
  }
  for (const command of program.commands) {
    command.exitOverride().configureOutput({ writeErr: () => undefined })
    command.allowExcessArguments(false)
  }
  return program
}

const helpWords = new Set(['--help', '-h', 'help'])

/** What commander refuses becomes one of our errors, and so does what the system refuses. */
async function explain(
  error: unknown,
  program: Command,
  argv: readonly string[],
): Promise<unknown> {
  if (!(error instanceof CommanderError)) {
    const { asSystemFault } = await import('./output/system-fault.ts')
    return asSystemFault(error)
  }
  const { asUsageError } = await import('./flags/usage-error.ts')
  return asUsageError(error, program, argv)
}

/** 70 is for what is not the user's to mend: a bug of ours. */
async function report(
  error: unknown,
  { argv, isVerbose }: { readonly argv: readonly string[]; readonly isVerbose: boolean },
): Promise<void> {
  if (error === undefined) return
  const { formatErrorJson, wantsJson } = await import('./output/error-json.ts')
  const isJson = wantsJson(argv)
  if (!isJson) process.stderr.write(`${formatError(error)}\n`)
  if (isVerbose) {
    const { inspect } = await import('node:util')
    process.stderr.write(`${inspect(error, { depth: 6 })}\n`)
  }
  // Behind all else: a program finds it in the last line.
  if (isJson) process.stderr.write(`${formatErrorJson(error)}\n`)
  process.exitCode = error instanceof ToolkitError ? error.exitCode : 70
}

outliveReaders()
await main(process.argv.slice(2))
