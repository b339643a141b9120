import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { mlptArguments } from '../mlpt-program.ts'
import { makeScratchFolder } from '../scratch-folder.ts'

const folder = makeScratchFolder()

function run(...words: readonly string[]): {
  status: number | null
  stdout: string
  stderr: string
} {
  return spawnSync(process.execPath, [...mlptArguments, 'suite', ...words], {
    cwd: folder,
    encoding: 'utf8',
  })
}

function write(name: string, suite: object): void {
  writeFileSync(join(folder, name), JSON.stringify(suite))
}

const unique = { type: 'expect_column_values_to_be_unique', kwargs: { column: 'id' }, meta: {} }
write('one.json', { name: 'one', expectations: [unique], meta: {} })
write('two.json', {
  name: 'two',
  expectations: [{ ...unique, kwargs: { column: 'id', mostly: 0.9 } }],
  meta: {},
})
const oldForm = {
  expectation_suite_name: 'old',
  data_asset_type: 'Dataset',
  expectations: [{ expectation_type: unique.type, kwargs: { column: 'id' }, meta: {} }],
  meta: { great_expectations_version: '0.18.0' },
}
write('old.json', oldForm)
write('old-wrong.json', {
  ...oldForm,
  expectations: [{ expectation_type: 'expect_magic', kwargs: {}, meta: {} }],
})

describe('mlpt suite diff', () => {
  test('says what changed, and exits 0 unless asked', () => {
    const { status, stdout } = run('diff', 'one.json', 'two.json')
    assert.equal(stdout, '~ expect_column_values_to_be_unique {"column":"id"} mostly null → 0.9\n')
    assert.equal(status, 0)
    assert.equal(run('diff', 'one.json', 'two.json', '--exit-code').status, 3)
    assert.equal(run('diff', 'one.json', 'one.json', '--exit-code').status, 0)
  })

  test('--json prints one document', () => {
    const { changed } = JSON.parse(run('diff', 'one.json', 'two.json', '--json').stdout)
    assert.deepEqual(changed[0].kwargs, { mostly: { before: null, after: 0.9 } })
  })

  test('names a suite that is not there', () => {
    const { status, stderr } = run('diff', 'one.json', 'three.json')
    assert.match(stderr, /FILE_MISSING[^]*three\.json/)
    assert.equal(status, 1)
  })
})

describe('mlpt suite infer', () => {
  test('writes a suite that holds for the file, named as it', () => {
    const rows = Array.from({ length: 60 }, (_, i) => `${i},${i % 2 === 0 ? 'yes' : 'no'}`)
    writeFileSync(join(folder, 'table.csv'), `id,answer\n${rows.join('\n')}\n`)
    assert.equal(run('infer', 'table.csv', '--output', 'inferred.json').status, 0)
    const suite = JSON.parse(readFileSync(join(folder, 'inferred.json'), 'utf8'))
    assert.equal(suite.name, 'table')
    assert.ok(suite.expectations.length >= 8)
    const validated = spawnSync(
      process.execPath,
      [...mlptArguments, 'validate', 'table.csv', '--suite', 'inferred.json'],
      { cwd: folder, encoding: 'utf8' },
    )
    assert.match(validated.stdout, /(\d+) of \1 expectations hold/)
    assert.equal(validated.status, 0)
    assert.equal(run('infer', 'table.csv', '--strictness', 'very').status, 2)
  })

  test('leaves out parts, and speaks of some columns, as it is told', () => {
    const { stdout } = run('infer', 'table.csv', '--without', 'types, rows', '--columns', 'answer')
    const types = (JSON.parse(stdout) as { expectations: { type: string }[] }).expectations
    assert.deepEqual(
      types.map(({ type }) => type),
      [
        'expect_table_columns_to_match_set',
        'expect_column_values_to_not_be_null',
        'expect_column_values_to_be_in_set',
        'expect_column_values_to_be_in_set',
      ],
    )
    const wrong = run('infer', 'table.csv', '--without', 'type')
    assert.match(wrong.stderr, /there is no 'type'; did you mean 'types'/)
    assert.equal(wrong.status, 2)
    const unknown = run('infer', 'table.csv', '--columns', 'answers')
    assert.match(unknown.stderr, /DATA_COLUMN_MISSING[^]*'answers'[^]*'answer'/)
    assert.deepEqual([unknown.status, unknown.stdout], [1, ''])
  })
})

describe('mlpt suite upgrade', () => {
  test('writes the form of 1.x, which differs in nothing', () => {
    const { status } = run('upgrade', 'old.json', '--output', 'new.json')
    assert.equal(status, 0)
    const upgraded = JSON.parse(readFileSync(join(folder, 'new.json'), 'utf8'))
    assert.equal(upgraded.name, 'old')
    assert.deepEqual(Object.keys(upgraded.expectations[0]).sort(), [
      'kwargs',
      'meta',
      'severity',
      'type',
    ])
    assert.equal(run('upgrade', 'old.json').stdout, readFileSync(join(folder, 'new.json'), 'utf8'))
    assert.equal(run('diff', 'old.json', 'new.json', '--exit-code').status, 0)
  })

  test('refuses a suite with an expectation that no version knows, and writes nothing', () => {
    const { status, stderr, stdout } = run('upgrade', 'old-wrong.json')
    assert.match(stderr, /SUITE_INVALID[^]*expect_magic/)
    assert.deepEqual([status, stdout], [2, ''])
  })
})
