/** Runs a command of `mlpt` in this process: a new one costs more than most commands. */

import { Command } from 'commander'
import { ToolkitError } from '../../../src/core/errors.ts'
import { commandList } from '../../../src/cli/command-list.ts'
import type { Answer } from './dvc-process.ts'

/** The current folder of the process is changed, so nothing else may run at the same time. */
export async function runOwn(folder: string, args: readonly string[]): Promise<Answer> {
  const entry = commandList.find(({ names }) => names.includes(args[0] ?? ''))
  if (entry === undefined) throw new Error(`mlpt has no command ${args[0]}`)
  const program = new Command().exitOverride()
  ;(await entry.load())(program)
  process.chdir(folder)
  const printed = { stdout: '', stderr: '' }
  using _streams = catchOutput(printed)
  try {
    await program.parseAsync([...args], { from: 'user' })
    return { isDone: true, output: printed.stdout, errors: printed.stderr }
  } catch (error) {
    // Whatever else is thrown is a bug.
    if (!(error instanceof ToolkitError)) throw error
    return { isDone: false, output: printed.stdout, errors: `${printed.stderr}${error.message}\n` }
  } finally {
    process.exitCode = undefined
  }
}

function catchOutput(printed: Record<'stdout' | 'stderr', string>): Disposable {
  const originals = (['stdout', 'stderr'] as const).map((name) => {
    const stream = process[name]
    const write = stream.write.bind(stream)
    stream.write = (text: string | Uint8Array): boolean => {
      printed[name] += String(text)
      return true
    }
    return () => {
      stream.write = write
    }
  })
  return {
    [Symbol.dispose]: () => {
      for (const restore of originals) restore()
    },
  }
}
