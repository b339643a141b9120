/** How the programs that run JavaScript and TypeScript name their script. */

import { programOf, type ShellWord } from './shell-words.ts'

/** Finds the scripts among the words behind a program's name. */
export type Runner = (words: readonly ShellWord[]) => readonly string[]

/** What runs code under this name; `undefined` for any other program. */
export function runnerOf(program: string): Runner | undefined {
  return Object.hasOwn(runners, program) ? runners[program] : undefined
}

const nodeValues = [
  '-r',
  '--require',
  '--import',
  '--loader',
  '--experimental-loader',
  '-C',
  '--conditions',
  '--env-file',
  '--env-file-if-exists',
  '--watch-path',
  '--title',
  '--input-type',
  '--disable-warning',
  '--icu-data-dir',
  '--openssl-config',
  '--redirect-warnings',
  '--diagnostic-dir',
]
const nodePreloads = ['-r', '--require', '--import', '--loader', '--experimental-loader']

const node = scriptRunner({
  values: nodeValues,
  preloads: nodePreloads,
  // No file follows these, or none that is known.
  ends: ['-e', '--eval', '-p', '--print', '-pe', '--test', '--run', '-', '-v', '--version'],
  subcommands: [],
})
const tsx = scriptRunner({
  values: [...nodeValues, '--tsconfig'],
  preloads: nodePreloads,
  ends: ['-e', '--eval', '-p', '--print', '--test', '-v', '--version'],
  subcommands: ['watch'],
})
const tsNode = scriptRunner({
  values: [
    '-r',
    '--require',
    '-P',
    '--project',
    '-O',
    '--compilerOptions',
    '-C',
    '--compiler',
    '--cwd',
  ],
  preloads: ['-r', '--require'],
  ends: ['-e', '--eval', '-p', '--print', '-v', '--version'],
  subcommands: [],
})
const deno = scriptRunner({
  values: [
    '-c',
    '--config',
    '--import-map',
    '--lock',
    '--cert',
    '--location',
    '--seed',
    '--env-file',
  ],
  preloads: ['--preload'],
  ends: [
    'test',
    'task',
    'eval',
    'bench',
    'check',
    'compile',
    'fmt',
    'lint',
    'install',
    'serve',
    'repl',
  ],
  subcommands: ['run'],
})
const bun = scriptRunner({
  values: ['-r', '--preload', '-c', '--config', '--cwd', '--env-file', '--tsconfig-override'],
  preloads: ['-r', '--preload'],
  ends: ['test', 'x', 'install', 'build', 'add', 'exec', 'repl', '-e', '--eval'],
  subcommands: ['run'],
})
const unknown: Runner = () => []

/** `npx tsx x.ts` runs a runner that is known; any other package's program is left alone. */
const npx: Runner = (words) => {
  let i = 0
  while (words[i]?.text.startsWith('-') === true) {
    if (words[i]!.text === '-c' || words[i]!.text === '--call') return []
    i += ['-p', '--package', '-w', '--workspace'].includes(words[i]!.text) ? 2 : 1
  }
  const program = programOf(words[i]).replace(/(?<=.)@.*$/, '')
  const runner = ['node', 'tsx', 'ts-node', 'bun', 'deno'].includes(program)
    ? runnerOf(program)
    : undefined
  return runner?.(words.slice(i + 1)) ?? []
}
const packageManager: Runner = (words) =>
  words[0]?.text === 'exec' || words[0]?.text === 'dlx'
    ? npx(dropDashes(words.slice(1)))
    : npx(words)

function dropDashes(words: readonly ShellWord[]): readonly ShellWord[] {
  return words.filter(({ text }) => text !== '--')
}

const runners: Readonly<Record<string, Runner>> = {
  node,
  nodejs: node,
  tsx,
  'ts-node': tsNode,
  'ts-node-esm': tsNode,
  deno,
  bun,
  npx,
  bunx: npx,
  pnpx: npx,
  npm: (words) => (words[0]?.text === 'exec' ? packageManager(words) : []),
  pnpm: packageManager,
  yarn: packageManager,
  mlpt: unknown,
}

interface RunnerFlags {
  /** Flags with a value in the next word. */
  readonly values: readonly string[]
  /** Those whose value is a module. */
  readonly preloads: readonly string[]
  /** Words that mean that no script follows. */
  readonly ends: readonly string[]
  /** Words that may stand before the script. */
  readonly subcommands: readonly string[]
}

function scriptRunner({ values, preloads, ends, subcommands }: RunnerFlags): Runner {
  return (words) => {
    const found: string[] = []
    for (const { flag, value } of readArguments(words, values)) {
      if (ends.includes(flag ?? value.text)) return found
      if (flag === undefined && subcommands.includes(value.text)) continue
      if (flag === undefined) return isLocal(value) ? [...found, value.text] : found
      if (preloads.includes(flag) && isPath(value)) found.push(value.text)
    }
    return found
  }
}

interface Argument {
  /** `undefined` for a word that belongs to no flag. */
  readonly flag: string | undefined
  /** Without any, an empty one. */
  readonly value: ShellWord
}

const noWord: ShellWord = { text: '', isExpanded: false }

function readArguments(words: readonly ShellWord[], values: readonly string[]): Argument[] {
  const found: Argument[] = []
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    const [, flag, inline] = /^(--[\w-]+)=(.*)$/s.exec(word.text) ?? []
    if (flag !== undefined) found.push({ flag, value: { ...word, text: inline ?? '' } })
    else if (values.includes(word.text))
      found.push({ flag: word.text, value: words[++i] ?? noWord })
    else if (word.text.startsWith('-')) found.push({ flag: word.text, value: noWord })
    else found.push({ flag: undefined, value: word })
  }
  return found
}

/** A bare name is a package. */
function isPath({ text, isExpanded }: ShellWord): boolean {
  return !isExpanded && /^(?:\.\.?\/|\/)/.test(text)
}

/** Deno runs what an address leads to. */
function isLocal({ text, isExpanded }: ShellWord): boolean {
  return !isExpanded && !/^[a-z]+:/i.test(text)
}
