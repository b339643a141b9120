import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { parseSuite } from '../../src/data/expectations/parse-suite.ts'
import { mlptArguments } from '../mlpt-program.ts'
import { makeScratchFolder } from '../scratch-folder.ts'

describe('mlpt validate FILE', () => {
  const folder = makeScratchFolder()
  before(() => {
    writeFileSync(join(folder, 'people.csv'), 'name,age\nAnna,31\nBen,17\nEve,52\n')
    writeSuite('good', [{ type: 'expect_column_to_exist', kwargs: { column: 'age' } }])
    writeSuite('adults', [ageBetween(18, 'critical')])
    writeSuite('mild', [ageBetween(18, 'warning')])
    writeSuite('wrong', [
      { type: 'expect_column_to_exsit', kwargs: { column: 'age' }, severity: 'info' },
      ageBetween(18, 'critical'),
    ])
    writeSuite('parameters', [ageBetween({ $PARAMETER: 'least - 1' }, 'critical')])
    writeSuite('empty', [])
  })
  test('a suite that holds exits 0 and says so', () => {
    const { status, stdout } = run('--suite', 'good.json')
    assert.equal(stdout, "suite 'good': 1 of 1 expectations hold\n")
    assert.equal(status, 0)
  })

  test('a critical expectation that fails exits 3, a warning 0', () => {
    const { status, stdout, stderr } = run('--suite', 'adults.json')
    assert.equal(status, 3)
    assert.match(
      stdout,
      /critical: expectations\[0\] 'age' must be at least 18: 1 of 3 rows \(33\.3 %\) does not, such as 17/,
    )
    assert.match(stderr, /the data breaks a critical expectation/)
    assert.equal(run('--suite', 'mild.json').status, 0)
  })

  test('--html writes a report with the verdict, and --hide-values keeps the data out of it', () => {
    assert.equal(run('--suite', 'adults.json', '--html', 'report.html').status, 3)
    const page = readFileSync(join(folder, 'report.html'), 'utf8')
    assert.match(page, /Failed: 1 critical expectation does not hold/)
    assert.match(page, /1 of 3 rows \(33\.3 %\) do/)
    assert.match(page, /<th scope="row">17<\/th>/)
    run('--suite', 'adults.json', '--html', 'report.html', '--hide-values')
    assert.doesNotMatch(readFileSync(join(folder, 'report.html'), 'utf8'), /<th scope="row">17</)
  })

  test('--hide-values keeps them out of the terminal and of --json too', () => {
    const plain = run('--suite', 'adults.json', '--hide-values')
    assert.match(plain.stdout, /at least 18: 1 of 3 rows \(33\.3 %\) does not\n/)
    const json = run('--suite', 'adults.json', '--hide-values', '--json')
    assert.equal(json.status, 3)
    assert.equal(JSON.parse(json.stdout).results[0].result.unexpected_count, 1)
    assert.doesNotMatch(json.stdout, /\b17\b/)
  })

  test('--previous compares with a file, a profile or a result, and refuses what is none', () => {
    writeFileSync(join(folder, 'may.csv'), 'name,age\nAnna,30\nEve,51\n')
    const against = (path: string) =>
      run('--suite', 'adults.json', '--html', 'now.html', '--previous', path)
    const page = (): string => readFileSync(join(folder, 'now.html'), 'utf8')
    const file = against('may.csv')
    assert.equal(file.status, 3)
    assert.match(file.stderr, /since 'may\.csv': broke: 1\n {2}broke: 'age' must be at least 18/)
    assert.match(page(), /Against <bdi>may\.csv<\/bdi>[^]*2 → 3[^]*broke/)
    writeFileSync(join(folder, 'may.json'), run('--suite', 'adults.json', '--json').stdout)
    assert.match(against('may.json').stderr, /since 'may\.json': fails still: 1/)
    writeFileSync(join(folder, 'may-profile.json'), profileOf('may.csv'))
    assert.doesNotMatch(against('may-profile.json').stderr, /since/)
    assert.match(page(), /2 → 3/)
    writeFileSync(join(folder, 'odd.json'), '{"success": true, "results": [{}]}')
    const odd = against('odd.json')
    assert.equal(odd.status, 1)
    assert.match(odd.stderr, /odd\.json is no result of a validation/)
    assert.equal(against('none.csv').status, 1)
  })

  test('--fail-on-empty fails what holds only because there is nothing to check', () => {
    writeFileSync(join(folder, 'nobody.csv'), 'name,age\n')
    const flags = ['--suite', 'adults.json', '--type', 'age=integer']
    const lax = runOn('nobody.csv', ...flags)
    assert.equal(lax.status, 0, lax.stderr)
    assert.match(lax.stdout, /note: the table has no rows/)
    const strict = runOn('nobody.csv', ...flags, '--fail-on-empty')
    assert.equal(strict.status, 3, strict.stderr)
    assert.match(strict.stdout, /fails because there was no value to check/)
  })

  test('--json prints one document and nothing else', () => {
    const { status, stdout } = run(
      '--suite',
      'adults.json',
      '--json',
      '--result-format',
      'complete',
    )
    assert.equal(status, 3)
    const result = JSON.parse(stdout)
    assert.equal(result.success, false)
    assert.deepEqual(result.results[0].result.unexpected_list, [17])
    assert.equal(result.results[0].result.unexpected_index_query, 'df.filter(items=[1], axis=0)')
  })

  test('options of the format are a JSON object, checked by name', () => {
    const format = JSON.stringify({
      result_format: 'SUMMARY',
      unexpected_index_column_names: ['name'],
    })
    const { stdout } = run('--suite', 'mild.json', '--json', '--result-format', format)
    assert.deepEqual(JSON.parse(stdout).results[0].result.partial_unexpected_index_list, [
      { age: 17, name: 'Ben' },
    ])
    const wrong = run('--suite', 'mild.json', '--result-format', 'SUMARY')
    assert.equal(wrong.status, 2)
    assert.match(wrong.stderr, /'SUMARY'.*\n?.*did you mean 'SUMMARY'/)
  })

  test('a wrong expectation exits 2, is named, and the others are still reported', () => {
    const { status, stdout, stderr } = run('--suite', 'wrong.json')
    assert.equal(status, 2)
    assert.match(
      stdout,
      /wrong\.json: expectations\[0\] has the unknown type 'expect_column_to_exsit' \(did you mean 'expect_column_to_exist'\?\)/,
    )
    assert.match(stdout, /critical: expectations\[1\] 'age' .*1 of 3 rows/)
    assert.match(stderr, /suite 'wrong' is wrong in expectations\[0\]/)
  })

  test('parameters are given by name; a missing one is an error of its expectation', () => {
    assert.equal(run('--suite', 'parameters.json', '--param', 'least=18').status, 0)
    assert.equal(run('--suite', 'parameters.json', '--param', 'least=19').status, 3)
    writeFileSync(join(folder, 'values.json'), '{"least": 18}')
    assert.equal(run('--suite', 'parameters.json', '--params', 'values.json').status, 0)
    const { status, stdout } = run('--suite', 'parameters.json', '--param', 'lest=18')
    assert.equal(status, 2)
    assert.match(stdout, /'min_value': the parameter 'least' has no value; did you mean 'lest'\?/)
  })

  test('a suite without expectations, no suite and no file are refused', () => {
    assert.match(run('--suite', 'empty.json').stderr, /nothing is checked/)
    assert.equal(run('--suite', 'empty.json').status, 2)
    assert.match(run().stderr, /--suite/)
    assert.match(run('--suite', 'absent.json').stderr, /there is no suite 'absent\.json'/)
  })

  test('the suite of the manual is read without a problem', () => {
    const manual = readFileSync(join(import.meta.dirname, '../../docs/expectations.md'), 'utf8')
    const [, json = ''] = /```json\n([^]*?)```/.exec(manual) ?? []
    const suite = parseSuite(json, 'docs/expectations.md')
    assert.equal(suite.expectations.length, 3)
    assert.equal(suite.problems, undefined)
  })

  test('--split writes the rows that pass and those that fail, and keeps stdout for the result', () => {
    const { status, stdout, stderr } = run(
      '--suite',
      'adults.json',
      '--json',
      '--split',
      'rows.csv',
    )
    assert.equal(status, 3)
    assert.equal(JSON.parse(stdout).success, false)
    assert.match(stderr, /2 rows pass: rows-passing\.csv\n1 row fails: rows-failing\.csv/)
    assert.equal(
      readFileSync(join(folder, 'rows-passing.csv'), 'utf8'),
      'name,age\nAnna,31\nEve,52\n',
    )
    assert.match(
      readFileSync(join(folder, 'rows-failing.csv'), 'utf8'),
      /^name,age,mlpt_reasons\nBen,17,/,
    )
    assert.equal(run('--suite', 'good.json', '--split', 'rows.xlsx').status, 2)
    assert.equal(run('--split', 'rows.csv').status, 2)
  })

  test('--split reads the file by the same flags as the suite does', () => {
    const { status } = run('--suite', 'adults.json', '--split', 'flags.csv', '--missing', '31')
    assert.equal(status, 3)
    // An age that is declared to be missing is missing to both.
    assert.equal(
      readFileSync(join(folder, 'flags-passing.csv'), 'utf8'),
      'name,age\nAnna,\nEve,52\n',
    )
  })

  function writeSuite(name: string, expectations: readonly object[]): void {
    writeFileSync(join(folder, `${name}.json`), JSON.stringify({ name, expectations, meta: {} }))
  }

  function profileOf(file: string): string {
    return start('profile', file, '--json').stdout
  }

  function run(...flags: readonly string[]) {
    return runOn('people.csv', ...flags)
  }

  function runOn(file: string, ...flags: readonly string[]) {
    return start('validate', file, ...flags)
  }

  function start(...words: readonly string[]) {
    return spawnSync(process.execPath, [...mlptArguments, ...words], {
      cwd: folder,
      encoding: 'utf8',
    })
  }
})

function ageBetween(min: unknown, severity: string): object {
  return {
    type: 'expect_column_values_to_be_between',
    kwargs: { column: 'age', min_value: min },
    severity,
  }
}
