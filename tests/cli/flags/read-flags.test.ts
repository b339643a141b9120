import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { Command, type CommanderError } from 'commander'
import { addReadFlags, toReadOptions } from '../../../src/cli/flags/read-flags.ts'
import type { ReadOptions } from '../../../src/data/reading/read-options.ts'
import { mlptArguments } from '../../mlpt-program.ts'

describe('flags of reading', () => {
  test('every flag becomes its reading option', () => {
    const typed =
      "--format csv --separator ; --quote ' --encoding latin1 --decimal , --thousands . --date-order day-first " +
      '--missing n/a --missing - --type code=text --type a=b=integer --sheet S --table T --header-line 3'
    assert.deepEqual(read(typed.split(' ')), {
      format: 'csv',
      separator: ';',
      quote: "'",
      encoding: 'windows-1252',
      decimal: ',',
      thousands: '.',
      dateOrder: 'day-first',
      missing: ['n/a', '-'],
      types: { code: 'text', 'a=b': 'integer' },
      sheet: 'S',
      table: 'T',
      headerLine: 3,
    })
  })

  test('what is not given is not said', () => assert.deepEqual(read([]), {}))

  test('an empty missing marker leaves the empty cell alone as missing', () => {
    assert.deepEqual(read(['--missing', '']), { missing: [''] })
  })

  test('a tab may be written as a word', () => {
    assert.deepEqual(read(['--separator', 'tab']), { separator: '\t' })
    assert.deepEqual(read(['--separator', String.raw`\t`]), { separator: '\t' })
  })

  for (const [flag, value, message] of [
    ['--format', 'xml', /'xml' is invalid.*csv, json, parquet, excel, sqlite/],
    ['--separator', ';;', /expected one character/],
    ['--separator', '\n', /expected one character/],
    ['--quote', '', /expected one character/],
    ['--encoding', 'utf-9', /expected a name such as/],
    ['--decimal', ';', /Allowed choices are \., ,/],
    ['--thousands', '..', /expected one character/],
    ['--date-order', 'year-first', /Allowed choices are day-first, month-first/],
    ['--type', 'age', /expected NAME=TYPE/],
    ['--type', '=text', /expected NAME=TYPE/],
    ['--type', 'age=integre', /'integre' is no type; did you mean 'integer'\?/],
    ['--header-line', '-1', /expected a line number/],
    ['--header-line', '1.5', /expected a line number/],
  ] as const) {
    test(`${flag} ${JSON.stringify(value)} is refused by the flag's name`, () => {
      assert.throws(
        () => read([`${flag}=${value}`]),
        (error: CommanderError) => error.message.includes(flag) && message.test(error.message),
      )
    })
  }

  test('two types of one column contradict each other', () => {
    assert.throws(() => read(['--type', 'a=text', '--type', 'a=date']), /'a' is already 'text'/)
    assert.deepEqual(read(['--type', 'a=text', '--type', 'a=text']), { types: { a: 'text' } })
  })

  for (const command of ['validate', 'check']) {
    test(`mlpt ${command} takes them, and exits 2 when one is wrong`, () => {
      const { status, stderr } = spawnSync(
        process.execPath,
        [...mlptArguments, command, 'x.csv', '--type', 'a=b'],
        { encoding: 'utf8' },
      )
      assert.match(stderr, /CLI_USAGE.*--type.*'b' is no type/s)
      assert.equal(status, 2)
    })
  }
})

function read(argv: readonly string[]): ReadOptions {
  const command = addReadFlags(new Command('read').exitOverride())
  command.configureOutput({ writeErr: () => {} })
  return toReadOptions(command.parse([...argv], { from: 'user' }).opts())
}
