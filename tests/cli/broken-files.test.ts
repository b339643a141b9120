/** The corpus of broken and odd files, asked of the command line. */

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { brokenFiles, type BrokenFile } from '../data/reading/broken-files.ts'
import { mlptArguments } from '../mlpt-program.ts'
import { makeScratchFolder } from '../scratch-folder.ts'
import type { Said } from './broken-files-process.ts'

const folder = makeScratchFolder()
const paths = brokenFiles.map((_, i) => join(folder, `file-${i}.csv`))
for (const [i, { bytes }] of brokenFiles.entries()) writeFileSync(paths[i]!, bytes)
const suite = join(folder, 'suite.json')
const rows = { type: 'expect_table_row_count_to_be_between', kwargs: { min_value: 0 }, meta: {} }
writeFileSync(suite, JSON.stringify({ name: 's', expectations: [rows], meta: {} }))

const commands = { profile: profileWords, validate: validateWords }

function profileWords(path: string): readonly string[] {
  return ['profile', path, '--json', '--output', `${path}.out`, '--html', `${path}.html`]
}

function validateWords(path: string): readonly string[] {
  return ['validate', path, '--suite', suite, '--json', '--html', `${path}.html`]
}

const said = new Map<string, readonly Said[]>()
const written = new Map<string, ReadonlySet<string>>()
for (const [command, wordsOf] of Object.entries(commands)) {
  const lines = join(folder, 'lines.json')
  writeFileSync(lines, JSON.stringify(paths.map((path) => wordsOf(path))))
  const program = join(import.meta.dirname, 'broken-files-process.ts')
  const printed = execFileSync(process.execPath, ['--conditions=mlpt-source', program, lines], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  said.set(command, JSON.parse(printed) as readonly Said[])
  written.set(command, new Set(readdirSync(folder)))
}

for (const command of Object.keys(commands)) {
  describe(`mlpt ${command} --json`, () => {
    for (const [i, file] of brokenFiles.entries()) {
      test(file.refused === undefined ? `reads ${file.name}` : `refuses ${file.name}`, () => {
        const answer = said.get(command)![i]!
        assert.doesNotMatch(answer.stderr, /^ +at .*:\d+/m)
        if (file.refused === undefined) checkRead(answer, file)
        else checkRefused(answer, { refused: file.refused, path: paths[i]! })
        const isWritten = written.get(command)!.has(`file-${i}.csv.html`)
        assert.equal(isWritten, file.refused === undefined)
      })
    }
  })
}

test('what the program itself prints is what its commands say', () => {
  for (const i of [brokenFiles.findIndex(({ refused }) => refused !== undefined), -1]) {
    const path = paths.at(i)!
    const words = [...mlptArguments, ...profileWords(path)]
    const { stdout, stderr, status } = spawnSync(process.execPath, words, { encoding: 'utf8' })
    assert.deepEqual(
      { stdout, stderr: inWords(stderr), exitCode: status },
      said.get('profile')!.at(i),
    )
  }
})

/** An error that was asked for as a document, as people read it. */
function inWords(line: string): string {
  if (line === '') return ''
  const { error } = JSON.parse(line) as { error: Record<'code' | 'message' | 'hint', string> }
  return `error ${error.code}: ${error.message}\n  hint: ${error.hint}\n`
}

function checkRead({ stdout, stderr, exitCode }: Said, { warned }: BrokenFile): void {
  assert.equal(exitCode, 0, stderr)
  const { meta } = JSON.parse(stdout) as {
    readonly meta?: { readonly warnings?: readonly string[] }
  }
  // `validate` says in its result what was noticed, since others than its caller read that.
  const warnings = stderr + (meta?.warnings ?? []).join('\n')
  if (warned === undefined) assert.equal(warnings, '')
  else assert.match(warnings.trimEnd(), warned)
}

function checkRefused(
  { stdout, stderr, exitCode }: Said,
  { refused, path }: { readonly refused: RegExp; readonly path: string },
): void {
  assert.match(stderr, new RegExp(refused, 'm'))
  assert.match(stderr, /^error DATA_FILE_INVALID: /)
  assert.ok(stderr.includes(path), stderr)
  assert.match(stderr, /\n {2}hint: /)
  assert.deepEqual([stdout, exitCode], ['', 1])
}
