/** Every command and flag of the real dvc is one of ours, or stands with a reason in docs/differences-from-dvc.md. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Command } from 'commander'
import { commandList } from '../../src/cli/command-list.ts'
import { commandsOfDvc } from '../../src/cli/commands-of-dvc.ts'
import { addLoudness } from '../../src/cli/output/loudness.ts'
import { findPeer } from './python.ts'

const peer = findPeer('.venv', 'dvc')

test('what dvc has and we do not is listed with its reason', { skip: peer.skip }, async () => {
  const theirs = dvcFlags()
  const ours = await ownFlags()
  const lacking = new Map<string, string[]>()
  for (const [command, flags] of Object.entries(theirs)) {
    const own = ours.get(command)
    if (own === undefined) lacking.set(command, [])
    const missing = own === undefined ? [] : flags.filter((flag) => !own.has(flag))
    if (missing.length > 0) lacking.set(command, missing.toSorted())
  }
  // A group that we do not have is named once for all that is in it.
  const names = [...lacking.keys()].filter((name) => {
    const group = name.split(' ')[0] ?? ''
    return group === name || ours.has(group)
  })
  assert.deepEqual(listedInDocs(), Object.fromEntries(names.sort().map((n) => [n, lacking.get(n)])))
  const absent = names.filter((name) => !ours.has(name))
  assert.deepEqual(commandsOfDvc.toSorted(), absent)
})

/** Long flags by command, as dvc's own parser knows them. */
function dvcFlags(): Record<string, string[]> {
  const script = `
import argparse, json
from dvc.cli.parser import get_main_parser
found = {}
def visit(parser, name):
    flags = [flag for action in parser._actions for flag in action.option_strings if flag.startswith("--") and action.help != argparse.SUPPRESS]
    groups = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if name: found[name] = [] if groups else sorted(set(flags) - {"--help"})
    for group in groups:
        shown = {action.dest.split(" ")[0] for action in group._choices_actions}
        seen = set()
        for key, child in group.choices.items():
            if key not in shown or id(child) in seen: continue
            seen.add(id(child))
            visit(child, f"{name} {key}".strip())
visit(get_main_parser(), "")
print(json.dumps(found))
`
  return JSON.parse(execFileSync(peer.python, ['-c', script], { encoding: 'utf8' })) as Record<
    string,
    string[]
  >
}

async function ownFlags(): Promise<Map<string, Set<string>>> {
  const program = new Command('mlpt')
  for (const { load } of commandList) (await load())(program)
  using loudness = addLoudness(program)
  assert.ok(!loudness.isVerbose)
  const found = new Map<string, Set<string>>()
  const visit = (command: Command, before: string): void => {
    for (const name of [command.name(), ...command.aliases()]) {
      const path = `${before} ${name}`.trim()
      // Both names of a flag with two long ones.
      const flags = command.options.flatMap((option) => option.flags.match(/--[a-z][a-z-]*/g) ?? [])
      found.set(path, new Set(flags))
      for (const child of command.commands) visit(child, path)
    }
  }
  for (const command of program.commands) visit(command, '')
  return found
}

/** The rows of the table: a command, and the flags of it. */
function listedInDocs(): Record<string, string[]> {
  const page = new URL('../../docs/differences-from-dvc.md', import.meta.url)
  const section = readFileSync(page, 'utf8').split('## What is not here')[1] ?? ''
  const rows = section
    .split('\n## ')[0]
    ?.matchAll(/^\| `dvc ([^`]+)` +\|([^|]*)\|[^|]*\S[^|]*\|$/gm)
  const entries = Array.from(rows ?? [], ([, command = '', flags = '']) => [
    command,
    Array.from(flags.matchAll(/`([^`]+)`/g), ([, flag = '']) => flag).sort(),
  ])
  return Object.fromEntries(entries.toSorted((a, b) => (a[0]! < b[0]! ? -1 : 1))) as Record<
    string,
    string[]
  >
}
