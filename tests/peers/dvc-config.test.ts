/** DVC and we read the same from a config file, and leave the same file after a change. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createRandom } from '../../src/core/random.ts'
import { ToolkitError } from '../../src/core/errors.ts'
import { editConfig, readConfig, type ConfigSource } from '../../src/pipeline/config/config-file.ts'
import { toFileValue } from '../../src/pipeline/config/config-paths.ts'
import { setOption, unsetOption } from '../../src/pipeline/config/edit-config.ts'
import { makeScratchFolder } from '../scratch-folder.ts'
import { findPeer } from './python.ts'
import { randomConfigCase, type ConfigCase } from './random-config.ts'

const peer = findPeer('.venv', 'dvc')
const count = Number(process.env['MLPT_CONFIG_CASES'] ?? 800)

test('on random files and changes', { skip: peer.skip }, async () => {
  const random = createRandom(17)
  const cases = Array.from({ length: count }, () => randomConfigCase(random))
  const folder = makeScratchFolder()
  const judged = judge(cases, folder)
  const counts = { read: 0, refused: 0, changed: 0, changeRefused: 0 }
  for (const [i, one] of cases.entries()) {
    // In the same folder, so that absolute paths are the same.
    const ours = await work(one, folder)
    const theirs = judged[i]!
    if (isDeclared(ours, theirs)) continue
    const where = describeCase(i, one, theirs)
    checkReading(ours, theirs, where)
    counts[ours.error === undefined ? 'read' : 'refused']++
    if (isChangeDeclared(one, theirs)) continue
    checkChange(one, { ours, theirs }, where)
    counts[ours.changeError === undefined ? 'changed' : 'changeRefused']++
  }
  for (const [what, number] of Object.entries(counts)) {
    assert.ok(number > count / 50, `${what}: ${number}`)
  }
})

function describeCase(index: number, one: ConfigCase, theirs: Judged): string {
  const parts = [one.text, one.local, one.level, JSON.stringify(one.change), JSON.stringify(theirs)]
  return `case ${index}:\n${parts.join('\n---\n')}\n--- ours: `
}

function checkReading(ours: Outcome, theirs: Judged, where: string): void {
  assert.equal(ours.error === undefined, theirs.error === undefined, where + ours.error)
  if (ours.config !== undefined) assert.deepEqual(...comparable(ours.config, theirs.config!), where)
}

interface Both {
  readonly ours: Outcome
  readonly theirs: Judged
}

function checkChange(one: ConfigCase, { ours, theirs }: Both, where: string): void {
  const { changeError, after = '' } = ours
  assert.equal(changeError === undefined, theirs.changeError === undefined, where + changeError)
  if (changeError === undefined) {
    assert.equal(withoutComments(after), withoutEmptyLines(theirs.after ?? ''), where)
  } else {
    assert.equal(after, (one.level === 'repo' ? one.text : one.local) ?? '', where)
  }
}

interface Judged {
  readonly config?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly error?: string
  readonly changeError?: string
  readonly after?: string
}

interface Outcome {
  readonly config?: ReturnType<typeof readConfig>
  readonly error?: string
  readonly changeError?: string
  readonly after?: string | undefined
}

/** Where we differ on purpose: lists where text stands are turned to text like "['a']" by DVC. */
function isDeclared({ error = '', changeError = '' }: Outcome, theirs: Judged): boolean {
  const isList = /is a list of|'cache.type' is ''/
  return (
    isList.test(error) ||
    isList.test(changeError) ||
    /AttributeError|TypeError/.test(theirs.error ?? '')
  )
}

/**
 * DVC cannot write what is not ASCII, and loses the file over it. It writes a reference to nothing,
 * and cannot read the file any more. When another file is wrong, it fails after the change.
 */
function isChangeDeclared({ text, local, level }: ConfigCase, theirs: Judged): boolean {
  const before = level === 'repo' ? text : local
  const failed = theirs.changeError !== undefined
  return (
    /UnicodeEncodeError/.test(theirs.changeError ?? '') ||
    (failed && theirs.error !== undefined && theirs.after !== (before ?? undefined)) ||
    // An unknown section without options is dropped by the change itself.
    /extra keys not allowed/.test(theirs.error ?? '')
  )
}

function judge(cases: readonly ConfigCase[], folder: string): readonly Judged[] {
  const script = join(import.meta.dirname, 'judge-config.py')
  const output = execFileSync(peer.python, [script, folder], {
    input: JSON.stringify(cases),
    env: { ...process.env, ...environmentOf(folder) },
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  return JSON.parse(output) as readonly Judged[]
}

function environmentOf(folder: string): Record<string, string> {
  const none = join(folder, 'none')
  return {
    HOME: join(folder, 'home'),
    DVC_GLOBAL_CONFIG_DIR: none,
    DVC_SYSTEM_CONFIG_DIR: none,
    DVC_NO_ANALYTICS: '1',
  }
}

async function work(one: ConfigCase, folder: string): Promise<Outcome> {
  const source: ConfigSource = { root: folder, environment: environmentOf(folder) }
  const paths = { repo: join(folder, '.dvc/config'), local: join(folder, '.dvc/config.local') }
  mkdirSync(join(folder, '.dvc'), { recursive: true })
  writeFileSync(paths.repo, one.text)
  if (one.local === null) rmSync(paths.local, { force: true })
  else writeFileSync(paths.local, one.local)
  const read = await attempt(async () => ({ config: readConfig(source) }), 'error')
  const changed = await attempt(() => change(one, source), 'changeError')
  const path = paths[one.level]
  return { ...read, ...changed, after: existsSync(path) ? readFileSync(path, 'utf8') : undefined }
}

async function attempt(
  action: () => Promise<Outcome>,
  key: 'error' | 'changeError',
): Promise<Outcome> {
  try {
    return await action()
  } catch (error) {
    assert.ok(error instanceof ToolkitError, String(error))
    return { [key]: error.message }
  }
}

async function change(
  { level, change: [group, section, option, value] }: ConfigCase,
  source: ConfigSource,
): Promise<Outcome> {
  const name = { group: group === 'remote' ? group : undefined, section, option } as const
  await editConfig(source, {
    level: level === 'repo' ? 'project' : 'local',
    change: ({ document, folder }) =>
      value === null
        ? unsetOption(document, name)
        : setOption(
            document,
            name,
            toFileValue(name, value, { folder, directory: source.root ?? '' }),
          ),
  })
  return {}
}

/** Ours, and of DVC's what ours has; DVC adds its defaults. */
function comparable(
  { sections, remotes }: ReturnType<typeof readConfig>,
  theirs: NonNullable<Judged['config']>,
): [unknown, unknown] {
  const ours: Record<string, string> = {}
  const other: Record<string, string> = {}
  const add = (prefix: string, options: ReadonlyMap<string, string>, values: unknown): void => {
    for (const [name, text] of options) {
      ours[`${prefix}.${name}`] = name === 'ssl_verify' ? text.toLowerCase() : text
      const value = (values as Record<string, unknown> | undefined)?.[name]
      const otherText = Array.isArray(value) ? value.join(',') : String(value)
      other[`${prefix}.${name}`] = name === 'ssl_verify' ? otherText.toLowerCase() : otherText
    }
  }
  for (const [name, options] of sections) if (name !== 'feature') add(name, options, theirs[name])
  for (const [name, options] of remotes) add(`remote ${name}`, options, theirs['remote']?.[name])
  return [ours, other]
}

function withoutComments(text: string): string {
  const lines = text.split('\n').filter((line) => !/^\s*#/.test(line))
  return withoutEmptyLines(lines.map((line) => line.replace(/ {4}#[^'"]*$/, '')).join('\n'))
}

function withoutEmptyLines(text: string): string {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .join('\n')
}
