import type { Command, CommanderError } from 'commander'
import { ToolkitError } from '../../core/errors.ts'
import { nearestName } from '../../core/nearest.ts'
import { hintForCommandOfDvc } from '../commands-of-dvc.ts'

/**
 * Makes one of our errors of what commander refuses; `undefined` for help and version, which are no failure.
 *
 * @param argv - what was typed, to find the command that it is about
 */
export function asUsageError(
  error: CommanderError,
  program: Command,
  argv: readonly string[],
): ToolkitError | undefined {
  if (error.exitCode === 0) return undefined
  const command = findCommand(program, argv)
  if (error.code === 'commander.help') {
    process.stderr.write(`${command.helpInformation()}\n`)
    const what = command === program ? 'name a command' : `name a command of '${pathOf(command)}'`
    return new ToolkitError('CLI_USAGE', what, { hint: 'see the list above' })
  }
  const message = error.message.replace(/^error: /, '').replaceAll(/\n\(Did you mean .*\)/g, '')
  return new ToolkitError('CLI_USAGE', message, { hint: hintFor(error.message, command) })
}

/** The innermost command that the words name. */
function findCommand(program: Command, argv: readonly string[]): Command {
  let command = program
  for (const word of argv) {
    const named = command.commands.find(
      (candidate) => candidate.name() === word || candidate.aliases().includes(word),
    )
    if (named === undefined) break
    command = named
  }
  return command
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`
}

function hintFor(message: string, command: Command): string {
  const unknown = /unknown command '(.*?)'/.exec(message)?.[1]
  const known = unknown && hintForCommandOfDvc(`${pathOf(command)} ${unknown}`.replace('mlpt ', ''))
  if (known !== undefined) return known
  const suggestion = /\(Did you mean (?:one of )?(.*)\?\)/.exec(message)?.[1]
  if (suggestion !== undefined) return `did you mean '${suggestion.replaceAll(', ', "' or '")}'?`
  const names = command.commands.map((candidate) => candidate.name())
  const guess = unknown === undefined ? undefined : nearestName(unknown, names)
  return guess === undefined
    ? `run '${pathOf(command)} --help' for the list`
    : `did you mean '${guess}'?`
}
