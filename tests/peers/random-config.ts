/** Random config files and changes of them: mostly right, with all that configobj takes and some that it does not. */

import type { Random } from '../../src/core/random.ts'

/** One file, perhaps one that overrules it, and a change. */
export interface ConfigCase {
  readonly text: string
  readonly local: string | null
  readonly level: 'repo' | 'local'
  /** Group, section, option and new value; `null` removes the option. */
  readonly change: readonly [string | null, string, string, string | null]
}

export function randomConfigCase(random: Random): ConfigCase {
  const change = pick(random, changes)
  return {
    text: randomText(random),
    local: random.next() < 0.3 ? randomText(random) : null,
    level: pick(random, ['repo', 'local']),
    change: [...change, random.next() < 0.2 ? null : pick(random, oddValues)],
  }
}

const changes = [
  [null, 'core', 'remote'],
  [null, 'core', 'site_cache_dir'],
  [null, 'cache', 'type'],
  [null, 'cache', 'dir'],
  [null, 'hydra', 'config_name'],
  [null, 'parsing', 'list'],
  ['remote', 'store', 'url'],
  ['remote', 'store', 'jobs'],
  ['remote', 'new', 'url'],
  ['remote', 'b', 'region'],
] as const

const oddValues = [
  'true',
  'FALSE',
  'yes',
  '1',
  '4',
  '0',
  '-3',
  '1_0',
  ' 7 ',
  'a',
  'a, b',
  '"a, b"',
  "'x'",
  '"x" # c',
  'x # c',
  'x#c',
  '',
  '""',
  ',',
  'a,',
  '"a',
  '~/x',
  '../y',
  '/abs',
  './q/',
  's3://b/p',
  'S3://b',
  'gs://b',
  'foo://b',
  'remote://store/sub',
  'http://h:80/x',
  'file:///x',
  'hardlink,copy',
  'hardlink, copy',
  'copy',
  'link',
  'group',
  '%(url)s',
  '%(nope)s',
  '100%',
  "'''a b'''",
  '"""a\nb"""',
  "'''x",
  'a"b',
  "it's",
  'a = b',
  '[x]',
  'store',
  'Store',
  ' "a" , \'b\' ',
  'a,,b',
  "a 'b', c",
  '1.5',
  '1e3',
  'inf',
  'nargs',
  'append',
]

const oddNames = [
  'remote',
  'url',
  'jobs',
  'type',
  'dir',
  'REMOTE',
  'bogus',
  '"quoted"',
  'cache_regions',
  'config_dir',
  'config_module',
  'row_cleanup_quota',
  'credentialpath',
  'password',
  'a b',
  'ssl_verify',
  'endpointurl',
]

const usualSections = ['\'remote "store"\'', 'core', 'cache', '\'remote "b"\'', 'parsing']
const oddSections = [
  'CORE',
  'remote "store"',
  'remote "B"',
  'hydra',
  'state',
  'db "x"',
  'machine "m"',
  'bogus',
  '"core"',
  'exp',
  'core ',
  ' cache',
  "'remote \"store'",
  'plots',
  'studio',
]

function randomText(random: Random): string {
  const lines: string[] = []
  for (let i = random.nextInteger(4); i >= 0; i--) lines.push(...randomSection(random))
  return lines.join(pick(random, ['\n', '\n', '\n', '\r\n'])) + pick(random, ['\n', ''])
}

function randomSection(random: Random): string[] {
  const name = random.next() < 0.9 ? pick(random, usualSections) : pick(random, oddSections)
  const isRemote = name.includes('remote')
  const lines = [...randomComment(random), `[${name}]${pick(random, ['', '', '', ' # n', ' '])}`]
  if (isRemote && random.next() < 0.95) {
    lines.push(
      `url = ${pick(random, ['s3://b/p', '/abs', '../y', 'remote://store/x', '~/z', 'gs://b', 'ssh://h/p'])}`,
    )
  }
  for (let i = random.nextInteger(random.next() < 0.5 ? 2 : 4); i > 0; i--) {
    lines.push(...randomComment(random), randomOption(random, name))
  }
  if (random.next() < 0.03) lines.push(pick(random, ['garbage', '= x', 'a', ']']))
  return lines
}

function randomComment(random: Random): string[] {
  return random.next() < 0.2 ? [pick(random, ['# c', '', '  # c2', '#'])] : []
}

function randomOption(random: Random, section: string): string {
  const name = random.next() < 0.1 ? pick(random, oddNames) : pick(random, namesOf(section))
  const value = random.next() < 0.75 ? rightValue(random, name) : pick(random, oddValues)
  const before = pick(random, ['', '    ', '\t'])
  const equals = pick(random, [' = ', '=', ' =', '  =  '])
  return `${before}${name}${equals}${value}${pick(random, ['', '', '', ' # inline', ' '])}`
}

function namesOf(section: string): readonly string[] {
  if (section.includes('remote'))
    return ['jobs', 'verify', 'region', 'profile', 'type', 'read_timeout']
  if (section === 'core')
    return ['remote', 'autostage', 'analytics', 'checksum_jobs', 'site_cache_dir']
  if (section === 'cache') return ['type', 'dir', 'shared', 'verify']
  return section === 'parsing' ? ['list'] : oddNames
}

function rightValue(random: Random, name: string): string {
  if (/jobs|timeout|quota/.test(name)) return pick(random, ['4', '"8"', '1_0', '+3'])
  if (/verify|autostage|analytics/.test(name)) return pick(random, ['true', 'False', '"TRUE"'])
  if (name === 'type')
    return pick(random, ['copy', 'hardlink,copy', 'hardlink, copy', '"symlink"', 'reflink,'])
  if (name === 'shared') return 'group'
  if (name === 'list') return 'Nargs'
  return pick(random, ['x', '"q w"', '~/k', '../z', "it's", '100%', 'é', '', '"a, b"', "'''t'''"])
}

function pick<T>(random: Random, items: readonly T[]): T {
  return items[random.nextInteger(items.length)]!
}
