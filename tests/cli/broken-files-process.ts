/** Runs command lines one after the other, as `mlpt` does: argv is a file with them; prints what each said as JSON. */

import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { addProfileCommand } from '../../src/cli/commands/profile.ts'
import { addValidateCommand } from '../../src/cli/commands/validate.ts'
import { formatError, ToolkitError } from '../../src/core/errors.ts'

export interface Said {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
}

async function run(words: readonly string[]): Promise<Said> {
  const said = { stdout: '', stderr: '' }
  process.stdout.write = (text) => ((said.stdout += String(text)), true)
  process.stderr.write = (text) => ((said.stderr += String(text)), true)
  let exitCode = 0
  try {
    const program = new Command('mlpt').exitOverride()
    addProfileCommand(program)
    addValidateCommand(program)
    await program.parseAsync([...words], { from: 'user' })
  } catch (error) {
    said.stderr += `${formatError(error)}\n`
    exitCode = error instanceof ToolkitError ? error.exitCode : 70
  }
  return { ...said, exitCode }
}

const print = process.stdout.write.bind(process.stdout)
const lines = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as readonly (readonly string[])[]
const found: Said[] = []
for (const line of lines) found.push(await run(line))
print(JSON.stringify(found))
