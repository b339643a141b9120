/** Every command's help ends with an example, and the command understands it. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { Command } from 'commander'
import { commandExamples, listCommands } from '../../src/cli/command-examples.ts'
import { commandList } from '../../src/cli/command-list.ts'
import { mlptArguments } from '../mlpt-program.ts'

describe('examples of commands', () => {
  test('each command has one, and there is no other', async () => {
    const names = listCommands(await createProgram()).map(({ name }) => name)
    assert.deepEqual(Object.keys(commandExamples).sort(), names.sort())
  })

  for (const [name, examples] of Object.entries(commandExamples)) {
    for (const example of examples) {
      test(example, async () => {
        const [first, ...words] = splitWords(example)
        assert.equal(first, 'mlpt')
        const program = await createProgram(words[0])
        const called: string[] = []
        for (const { command, name: found } of listCommands(program)) {
          command.exitOverride().configureOutput({ writeErr: () => undefined })
          command.allowExcessArguments(false).action(() => void called.push(found))
        }
        await program.parseAsync(words, { from: 'user' })
        assert.deepEqual(called, [name])
      })
    }
  }

  for (const words of [
    ['predict', '--help'],
    ['help', 'predict'],
  ]) {
    test(`mlpt ${words.join(' ')} shows it`, () => {
      const help = execFileSync(process.execPath, [...mlptArguments, ...words], {
        encoding: 'utf8',
      })
      assert.match(
        help,
        /\nExample:\n {2}mlpt predict clients\.csv --key ID --output scored\.parquet\n$/,
      )
    })
  }
})

describe('the help of a command', () => {
  test('tells no empty default: a repeatable option begins with none', () => {
    for (const [words, option] of [
      [['watch'], '--cron'],
      [['exp', 'run'], '--set-param'],
      [['validate'], '--param'],
    ] as const) {
      const help = execFileSync(process.execPath, [...mlptArguments, ...words, '--help'], {
        encoding: 'utf8',
      })
      assert.ok(help.includes(option))
      assert.doesNotMatch(help, /default: *(?:\[\]|\{\})/)
    }
  })
})

/** @param word - the only command that is wanted; all of them when absent */
async function createProgram(word?: string): Promise<Command> {
  const program = new Command('mlpt')
  const wanted = commandList.filter(({ names }) => word === undefined || names.includes(word))
  for (const { load } of wanted) (await load())(program)
  return program
}

/** Words as a shell has them; single quotes hold blanks. */
function splitWords(line: string): readonly string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!)
}
