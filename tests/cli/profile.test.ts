import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { formatJson } from '../../src/core/json.ts'
import { mlptArguments } from '../mlpt-program.ts'
import { makeScratchFolder } from '../scratch-folder.ts'

const folder = makeScratchFolder()
writeFileSync(join(folder, 'people.csv'), 'name;age\nAnna;31\nBen;17\nEve;\n')

interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

function run(...words: readonly string[]): Ended {
  return runIn(folder, ...words)
}

function runIn(directory: string, ...words: readonly string[]): Ended {
  return spawnSync(process.execPath, [...mlptArguments, 'profile', ...words], {
    cwd: directory,
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

test('mlpt profile shows days as days', () => {
  writeFileSync(join(folder, 'days.csv'), 'day\n2026-03-04\n2026-03-04\n')
  assert.match(run('days.csv').stdout, /day +DATE +0 % +1 +2026-03-04 \(2\)\n/)
})

test('mlpt profile names a file that is not there', () => {
  const { status, stderr } = run('nobody.csv')
  assert.match(stderr, /FILE_MISSING[^]*nobody\.csv/)
  assert.equal(status, 1)
})

test('mlpt profile describes the columns that are named, and names all that are not there', () => {
  const { columns } = JSON.parse(run('people.csv', '--json', '--columns', 'age').stdout)
  assert.deepEqual(
    columns.map(({ name }: { readonly name: string }) => name),
    ['age'],
  )
  const { status, stderr } = run('people.csv', '--columns', 'agee, other,name')
  assert.match(stderr, /DATA_COLUMN_MISSING[^]*'agee', 'other'[^]*did you mean 'age'\?/)
  assert.equal(status, 1)
})

test('mlpt profile keeps nothing outside of a repository', () => {
  run('people.csv')
  assert.ok(!existsSync(join(folder, '.dvc')) && !existsSync(join(folder, '.mlpt')))
})

test('mlpt profile keeps profiles by the bytes of the file, and believes no damaged one', () => {
  mkdirSync(join(folder, 'repository/.dvc'), { recursive: true })
  const inside = join(folder, 'repository')
  const kept = join(inside, '.dvc/tmp/mlpt/profiles')
  const path = join(inside, 'people.csv')
  writeFileSync(path, 'name;age\nAnna;31\nBen;17\n')
  const first = runIn(inside, 'people.csv', '--json').stdout
  const [name = ''] = readdirSync(kept)
  const forge = (change: (text: string) => string): void =>
    writeFileSync(join(kept, name), change(readFileSync(join(kept, name), 'utf8')))
  // Another profile under the key of this data shows that the data is not read again.
  const other = { ...JSON.parse(first), rows: 7 }
  const md5 = createHash('md5').update(formatJson(other)).digest('hex')
  forge(() => JSON.stringify({ md5, profile: other }))
  assert.equal(JSON.parse(runIn(inside, 'people.csv', '--json').stdout).rows, 7)
  assert.equal(runIn(inside, 'people.csv', '--json', '--force').stdout, first)
  for (const damage of [
    (text: string) => text.replace('"rows": 2', '"rows": 3'),
    (text: string) => text.slice(0, 100),
    () => '[]',
    () => '{"profile":{}}',
  ]) {
    forge(damage)
    assert.equal(runIn(inside, 'people.csv', '--json').stdout, first)
    assert.equal(JSON.parse(readFileSync(join(kept, name), 'utf8')).profile.rows, 2)
  }
  writeFileSync(path, 'name;age\nAnna;31\n')
  assert.equal(JSON.parse(runIn(inside, 'people.csv', '--json').stdout).rows, 1)
  assert.equal(readdirSync(kept).length, 2)
  runIn(inside, 'people.csv', '--missing', '31')
  runIn(inside, 'people.csv', '--columns', 'age')
  assert.equal(readdirSync(kept).length, 4)
})
