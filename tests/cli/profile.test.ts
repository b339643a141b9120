import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeScratchFolder } from '../scratch-folder.ts'

const folder = makeScratchFolder()
writeFileSync(join(folder, 'people.csv'), 'name;age\nAnna;31\nBen;17\nEve;\n')

function run(...words: readonly string[]): {
  status: number | null
  stdout: string
  stderr: string
} {
  const program = join(import.meta.dirname, '../../bin/mlpt.js')
  return spawnSync(process.execPath, ['--conditions=mlpt-source', program, 'profile', ...words], {
    cwd: folder,
    encoding: 'utf8',
  })
}

test('mlpt profile prints a line for each column, or the profile as JSON, and writes it as a page', () => {
  const { status, stdout } = run('people.csv', '--html', 'p.html', '--output', 'p.json')
  assert.equal(status, 0)
  assert.match(stdout, /3 rows, 2 columns[^]*age +BIGINT +33\.3 %/)
  const profile = readFileSync(join(folder, 'p.json'), 'utf8')
  assert.equal(JSON.parse(profile).columns[1].numbers.mean, 24)
  assert.match(readFileSync(join(folder, 'p.html'), 'utf8'), /^<!doctype html>[^]*age/i)
  assert.equal(run('people.csv', '--json').stdout, profile)
})

test('mlpt profile draws the version before over this one', () => {
  writeFileSync(join(folder, 'older.csv'), 'name;age\nAnna;30\n')
  run('older.csv', '--output', 'older.json')
  assert.equal(run('people.csv', '--html', 'both.html', '--previous', 'older.json').status, 0)
  assert.match(readFileSync(join(folder, 'both.html'), 'utf8'), /before 1/)
  const { status, stderr } = run('people.csv', '--html', 'both.html', '--previous', 'none.json')
  assert.match(stderr, /FILE_MISSING[^]*none\.json/)
  assert.equal(status, 1)
})

test('mlpt profile names a file that is not there', () => {
  const { status, stderr } = run('nobody.csv')
  assert.match(stderr, /FILE_MISSING[^]*nobody\.csv/)
  assert.equal(status, 1)
})
