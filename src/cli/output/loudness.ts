/** `--quiet` and `--verbose`, which every command has. */

import type { Command } from 'commander'
import { ToolkitError } from '../../core/errors.ts'

/** How much a command says. */
export interface Loudness extends Disposable {
  /** Whether an error is told with all that led to it. */
  readonly isVerbose: boolean
}

interface LoudnessFlags {
  readonly quiet?: boolean
  readonly verbose?: boolean
  readonly json?: boolean
}

/**
 * Adds the flags to a command and all below it. Quiet, nothing is said but errors, and the document that
 * `--json` asks for.
 *
 * @returns what was asked for; disposing it lets everything be heard again
 */
export function addLoudness(program: Command): Loudness {
  const silent = new DisposableStack()
  let isVerbose = false
  for (const command of program.commands) addFlags(command)
  program.hook('preAction', (_, action) => {
    const { quiet = false, verbose = false, json = false } = action.opts<LoudnessFlags>()
    if (quiet && verbose) {
      throw new ToolkitError('CLI_USAGE', '--quiet and --verbose exclude each other', {
        hint: 'leave out one of them',
      })
    }
    isVerbose = verbose
    if (!quiet) return
    silent.use(silence(process.stderr))
    if (!json) silent.use(silence(process.stdout))
  })
  return {
    get isVerbose() {
      return isVerbose
    },
    [Symbol.dispose]: () => silent.dispose(),
  }
}

function addFlags(command: Command): void {
  for (const below of command.commands) addFlags(below)
  if (command.commands.length > 0) return
  command
    .option('-q, --quiet', 'say nothing but errors')
    .option('-v, --verbose', 'tell errors with all that led to them')
}

/** Takes what is written for said, as if somebody had read it. */
function silence(stream: NodeJS.WriteStream): Disposable {
  const write = stream.write.bind(stream)
  stream.write = (_text: unknown, ...rest: unknown[]): boolean => {
    const done = rest.at(-1)
    if (typeof done === 'function') process.nextTick(done)
    return true
  }
  return {
    [Symbol.dispose]: () => {
      stream.write = write
    },
  }
}
