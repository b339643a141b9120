/**
 * dvc's schema, key by key: each key of `*.dvc`, `dvc.yaml` and `dvc.lock` with values of every kind. Both take a
 * file, or both refuse it.
 */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ToolkitError } from '../../src/core/errors.ts'
import { readStatus } from '../../src/pipeline/index.ts'
import { makeScratchFolder } from '../scratch-folder.ts'
import { findPeer } from './python.ts'

const peer = findPeer('.venv', 'dvc')

/** Where the two may differ: 'Where a file is read otherwise' in docs/differences-from-dvc.md. */
const declared = [
  /^dvc out (?:metric|plot): /,
  /fs_config: (?:map|nested)$/,
  /^dvc repo config: (?:text|empty)$/,
  /^(?:lock|yaml) stage cmd: numbers$/,
  /^lock (?:top datasets|value): date$/,
]

test('dvc and mlpt take the same files', { skip: peer.skip }, async () => {
  const cases = [...dataFileCases(), ...pipelineCases(), ...lockCases()]
  const [theirs, ours] = [makeScratchFolder(), makeScratchFolder()]
  const why = askDvc(
    theirs,
    cases.map(({ files }) => files),
  )
  cpSync(theirs, ours, { recursive: true })
  const different: string[] = []
  for (const [i, { name, files }] of cases.entries()) {
    const own = await readOurs(ours, files)
    if ((own === undefined) === (why[i] === null)) continue
    if (declared.some((pattern) => pattern.test(name))) continue
    different.push(`${name}\n  dvc: ${why[i] ?? 'takes it'}\n  we: ${own ?? 'take it'}`)
  }
  assert.deepEqual(different, [])
})

type Files = Readonly<Record<string, string>>

function askDvc(folder: string, cases: readonly Files[]): (string | null)[] {
  const output = execFileSync(peer.python, [join(import.meta.dirname, 'judge-schema.py'), folder], {
    input: JSON.stringify(cases),
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, DVC_NO_ANALYTICS: '1', DVC_SITE_CACHE_DIR: join(folder, '../site') },
  })
  return JSON.parse(output) as (string | null)[]
}

/** Why we refuse; whatever else is thrown is a bug. */
async function readOurs(directory: string, files: Files): Promise<string | undefined> {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text)
  try {
    await readStatus({ directory, env: process.env, clock: Date.now })
    return undefined
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error
    return error.message
  } finally {
    for (const name of Object.keys(files)) rmSync(join(directory, name))
  }
}

interface Case {
  readonly name: string
  readonly files: Files
}

const values = Object.entries({
  text: 'abc',
  empty: "''",
  digit: '12',
  digits: '123456',
  decimal: '1.5',
  true: 'true',
  nothing: 'null',
  texts: '[a, b]',
  'empty list': '[]',
  numbers: '[1]',
  map: '{a: b}',
  'empty map': '{}',
  nested: '{a: {size: 1, md5: abcd}}',
  date: '2020-01-01',
})

/** Every key with every value. @param filesOf - what holds one of them */
function each(
  what: string,
  keys: string,
  filesOf: (pair: string, key: string, value: string) => Files,
): Case[] {
  return keys.split(' ').flatMap((key) =>
    values.map(([kind, value]) => ({
      name: `${what} ${key}: ${kind}`,
      files: filesOf(`${key}: ${value}`, key, value),
    })),
  )
}

/** What stands beside a key, but for that key itself. */
function beside(pairs: Readonly<Record<string, string>>, key: string): string {
  return Object.entries(pairs)
    .filter(([name]) => name !== key)
    .map(([name, value]) => `${name}: ${value}, `)
    .join('')
}

const md5 = 'd41d8cd98f00b204e9800998ecf8427e'
const out = { md5, hash: 'md5', path: 'x' }
const facts = 'md5 etag checksum size nfiles isexec version_id'

function dataFileCases(): Case[] {
  const imported = (dependency: string): Files => ({
    'x.dvc': `frozen: true\ndeps:\n- {${dependency}}\nouts:\n- {${beside(out, '')}}\n`,
  })
  return [
    ...each(
      'dvc',
      'desc md5 wdir deps outs frozen locked meta always_changed cmd unknown',
      (pair, key) => ({
        'x.dvc': `${key === 'outs' ? '' : `outs:\n- {${beside(out, '')}}\n`}${pair}\n`,
      }),
    ),
    ...each(
      'dvc out',
      `${facts} path persist cloud hash desc type labels meta cache remote push files fs_config metric plot unknown`,
      (pair, key) => ({ 'x.dvc': `outs:\n- {${beside(out, key)}${pair}}\n` }),
    ),
    ...each('dvc out file', `${facts} relpath cloud unknown`, (pair, key) => ({
      'x.dvc': `outs:\n- {hash: md5, path: x, files: [{${beside({ relpath: 'r', md5 }, key)}${pair}}]}\n`,
    })),
    ...each('dvc out cloud', `${facts} unknown`, (pair) => ({
      'x.dvc': `outs:\n- {hash: md5, path: x, cloud: {r: {${pair}}}}\n`,
    })),
    ...each(
      'dvc dep',
      `${facts} path persist cloud hash repo db files fs_config desc cache unknown`,
      (pair, key) => imported(`${beside({ ...out, path: 'y' }, key)}${pair}`),
    ),
    ...each('dvc repo', 'url rev rev_lock config remote unknown', (pair, key) =>
      imported(`path: y, repo: {${beside({ url: 'u' }, key)}${pair}}`),
    ),
    ...each('dvc db', 'connection query table file_format unknown', (pair) =>
      imported(`db: {${pair}}`),
    ),
  ]
}

function pipelineCases(): Case[] {
  const stage = (body: string): Files => ({ 'dvc.yaml': `stages: {s: {${body}}}\n` })
  const plot = 'template x y x_label y_label title header'
  return [
    ...each(
      'yaml stage',
      'cmd wdir deps params vars frozen meta desc always_changed outs metrics plots matrix foreach do unknown',
      (pair, key) => stage(`${beside({ cmd: 'c' }, key)}${pair}`),
    ),
    ...['outs', 'metrics', 'plots'].flatMap((section) => [
      ...each(
        `yaml ${section}`,
        'desc type labels meta cache persist checkpoint remote push fs_config md5 unknown',
        (pair) => stage(`cmd: c, ${section}: [{o: {${pair}}}]`),
      ),
      ...each(`yaml ${section}`, 'of', (_pair, _key, value) =>
        stage(`cmd: c, ${section}: [{o: ${value}}]`),
      ),
    ]),
    ...['outs', 'metrics', 'plots', 'deps', 'params'].flatMap((section) =>
      each(`yaml ${section}`, 'item', (_pair, _key, value) =>
        stage(`cmd: c, ${section}: [${value}]`),
      ),
    ),
    ...each('yaml plot', plot, (pair) => stage(`cmd: c, plots: [{o: {${pair}}}]`)),
    ...each('yaml plots', plot, (pair) => stage(`cmd: c, plots: [{o: [{x: a}, {${pair}}]}]`)),
    ...each('yaml top plot', plot, (pair) => ({ 'dvc.yaml': `plots: [{o: {${pair}}}]\n` })),
    ...each('yaml top', 'vars stages params metrics plots artifacts datasets unknown', (pair) => ({
      'dvc.yaml': `${pair}\n`,
    })),
    ...each('yaml list', 'vars params metrics plots artifacts datasets', (_pair, key, value) => ({
      'dvc.yaml': `${key}: [${value}]\n`,
    })),
    ...each('yaml artifact', 'path desc type labels meta unknown', (pair, key) => ({
      'dvc.yaml': `artifacts: {a: {${beside({ path: 'p' }, key)}${pair}}}\n`,
    })),
    ...each('yaml dataset', 'type name url unknown', (pair, key) => ({
      'dvc.yaml': `datasets: [{${beside({ type: 'url', name: 'n', url: 'u' }, key)}${pair}}]\n`,
    })),
    ...each('yaml', 'foreach', (pair) => stage(`${pair}, do: {cmd: c}`)),
    ...each('yaml matrix', 'a', (pair) => stage(`matrix: {${pair}}, cmd: c`)),
  ]
}

function lockCases(): Case[] {
  const yaml = 'stages: {s: {cmd: c, deps: [d], outs: [o]}}\n'
  const lock = (text: string): Files => ({ 'dvc.yaml': yaml, 'dvc.lock': text })
  const stage = (body: string): Files => lock(`schema: '2.0'\nstages: {s: {${body}}}\n`)
  return [
    ...each('lock top', 'schema stages datasets unknown', (pair, key) =>
      lock(`${key === 'schema' ? '' : "schema: '2.0'\n"}${pair}\n`),
    ),
    ...each('lock stage', 'cmd deps params outs unknown', (pair, key) =>
      stage(`${beside({ cmd: 'c' }, key)}${pair}`),
    ),
    ...['deps', 'outs'].flatMap((section) =>
      each(
        `lock ${section}`,
        `${facts} path cloud files hash dataset persist unknown`,
        (pair, key) =>
          stage(`cmd: c, ${section}: [{${beside({ path: section[0]!, md5 }, key)}${pair}}]`),
      ),
    ),
    ...each('lock', 'file', (_pair, _key, value) => stage(`cmd: c, params: {p.yaml: ${value}}`)),
    ...each('lock', 'value', (pair) => stage(`cmd: c, params: {p.yaml: {${pair}}}`)),
  ]
}
