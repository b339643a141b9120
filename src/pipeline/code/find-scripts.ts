/** Which JavaScript or TypeScript files a command line starts. */

import { isAbsolute, join } from 'node:path'
import { runnerOf } from './code-runners.ts'
import { programOf, splitShellCommands, type ShellWord } from './shell-words.ts'

/** What a command runs, as far as its text tells. */
export interface FoundScripts {
  /** Absolute, or relative to the folder the command starts in; as written, so perhaps without its ending. */
  readonly scripts: readonly string[]
  /** Whether it runs JavaScript at all: `npx` and `npm run` do, though nobody says which file. */
  readonly runsCode: boolean
}

/**
 * Finds the scripts of `node x.ts`, `npx tsx x.ts`, `deno run x.ts`, `bun x.ts` and the like,
 * modules that `--import` or `--require` load first, and all of it behind `cd folder &&`.
 * Names that the shell puts together are nobody's guess and are left out.
 */
export function findScripts(command: string): FoundScripts {
  const scripts = new Set<string>()
  let runsCode = false
  let folder: string | undefined = '.'
  for (const { words } of splitShellCommands(command)) {
    const rest = withoutWrappers(words)
    const program = programOf(rest[0])
    if (program === 'cd') {
      folder = changeFolder(folder, rest[1])
      continue
    }
    const runner = runnerOf(program)
    if (runner === undefined) continue
    runsCode = true
    for (const script of runner(rest.slice(1))) {
      if (isAbsolute(script)) scripts.add(script)
      else if (folder !== undefined) scripts.add(join(folder, script))
    }
  }
  return { scripts: [...scripts], runsCode }
}

/** Skips `FOO=1`, `exec`, `time`, `env FOO=1` and `timeout 10` in front of the program. */
function withoutWrappers(words: readonly ShellWord[]): readonly ShellWord[] {
  let i = 0
  while (i < words.length) {
    const text = words[i]!.text
    if (/^\w+=/.test(text) || plainWrappers.has(text)) i++
    else if (text === 'timeout' || text === 'nice') i = skipFlags(words, i + 1)
    else break
    if (text === 'timeout') i++
  }
  return words.slice(i)
}

const plainWrappers = new Set([
  'exec',
  'time',
  'command',
  'nohup',
  'env',
  '!',
  '{',
  'then',
  'do',
  'if',
])

function skipFlags(words: readonly ShellWord[], start: number): number {
  let i = start
  while (words[i]?.text.startsWith('-') === true) {
    i += /^-[ksn]$/.test(words[i]!.text) ? 2 : 1
  }
  return i
}

/** Unknown is a folder that the shell puts together. */
function changeFolder(folder: string | undefined, word: ShellWord | undefined): string | undefined {
  if (word === undefined || word.isExpanded || word.text === '-') return undefined
  if (isAbsolute(word.text)) return word.text
  return folder && join(folder, word.text)
}
