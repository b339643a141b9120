/** What commands tell with `--json`. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Command } from 'commander'
import { listCommands } from '../../src/cli/command-examples.ts'
import { commandList } from '../../src/cli/command-list.ts'
import { makeFolder, mlpt, type Folder } from '../pipeline/folder.ts'

/** Those that change a setting and have nothing to tell, a driver of git, and one that goes on for ever. */
const without = [
  'merge-lock',
  'remote add',
  'remote default',
  'remote modify',
  'remote remove',
  'remote rename',
  'watch',
]

describe('--json', () => {
  test('is there for every command that tells a result', async () => {
    const program = new Command('mlpt')
    for (const { load } of commandList) (await load())(program)
    const found = listCommands(program)
      .filter(({ command }) => !command.options.some(({ long }) => long === '--json'))
      .map(({ name }) => name)
    assert.deepEqual(found.sort(), without)
  })

  test('of a graph has each node with those that it is made from', () => {
    using folder = makeFolder({
      '.dvc/config': '',
      'dvc.yaml': 'stages: {a: {cmd: x, outs: [x]}, b: {cmd: y, deps: [x]}}\n',
    })
    assert.deepEqual(ask(folder, 'dag'), {
      nodes: [
        { name: 'a', upstream: [] },
        { name: 'b', upstream: ['a'] },
      ],
    })
    assert.deepEqual(ask(folder, 'root'), { root: '.' })
  })

  test('of a new repository names the files that git has', () => {
    using folder = makeFolder({})
    assert.deepEqual(ask(folder, 'init', '--no-scm'), { files: [] })
  })

  test('of a token has its secret, that of a revoked one its name', () => {
    using folder = makeFolder({})
    const { token, ...created } = ask(folder, 'token', 'create', 'ci', '--role', 'read')
    assert.deepEqual(created, { name: 'ci', role: 'read' })
    assert.match(String(token), /^\S{20,}$/)
    assert.deepEqual(ask(folder, 'token', 'revoke', 'ci'), { revoked: 'ci' })
  })

  test('of a suite is the suite, also where it is written to a file', () => {
    using folder = makeFolder({ 'a.csv': 'x\n1\n2\n' })
    const suite = ask(folder, 'suite', 'infer', 'a.csv', '--output', 'a.json')
    assert.deepEqual(suite, JSON.parse(folder.read('a.json')))
    assert.equal(suite['name'], 'a')
  })

  test('goes with one transfer of logs, not with those that go on', () => {
    using folder = makeFolder({})
    const words = ['predictions', 'push', '--remote', 'there', '--watch', '60', '--json']
    const { errors, exitCode } = mlpt(folder, ...words)
    assert.match(errors, /"CLI_USAGE","message":"--json prints one document/)
    assert.equal(exitCode, 2)
  })
})

/** The document that a command prints. */
function ask(folder: Folder, ...words: readonly string[]): Record<string, unknown> {
  const { output, errors, exitCode } = mlpt(folder, ...words, '--json')
  assert.equal(exitCode, 0, errors)
  return JSON.parse(output) as Record<string, unknown>
}
