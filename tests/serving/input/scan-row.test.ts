import fc from 'fast-check'
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { InputField } from '../../../src/core/input-field.ts'
import { parseJsonBytes } from '../../../src/serving/input/json-body.ts'
import { scanRow } from '../../../src/serving/input/scan-row.ts'
import { decodeRows } from '../../../src/serving/schemas.ts'
import type { Column } from '../../../src/serving/served-model.ts'

describe('scanRow', () => {
  test('gives the numbers of the general way, whatever decimals are sent and however they are spaced', () => {
    const space = fc.stringMatching(/^[ \t\r\n]{0,2}$/)
    const cells = fc.array(fc.stringMatching(/^-?(?:0|[1-9]\d{0,7})(?:\.\d{1,7})?$/), {
      minLength: 1,
      maxLength: 20,
    })
    fc.assert(
      fc.property(cells, space, fc.string({ unit: 'grapheme' }), (texts, gap, prefix) => {
        const columns = texts.map((_, c) => column(`${prefix}${c}`, { type: 'number' }))
        const members = texts.map(
          (text, c) => `${gap}${JSON.stringify(columns[c]!.name)}${gap}:${gap}${text}${gap}`,
        )
        const body = `${gap}{${members.join(',')}}${gap}`
        assert.deepEqual(scan(body, columns), general(body, columns))
      }),
      { numRuns: 1000 },
    )
  })

  test('what it reads of anything, the general way reads too', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '"a"',
      '"b"',
      ':',
      ',',
      ' ',
      '0',
      '7',
      '-',
      '.',
      'e',
      '1',
      'null',
      '\\',
      '[',
      ']',
      '"a":',
      '{"a":1',
      ',"b":',
      ',"b":2}',
      '99',
      '00',
      '.5',
      '5.',
      '1e3',
      'true',
      '\u{FEFF}',
    )
    const columns = [
      column('a', { type: 'integer', min: -9, max: 99 }),
      column('b', { type: 'number' }),
    ]
    let read = 0
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), fc.string(), (parts, end) => {
        for (const body of [parts.join(''), `{"a":${parts.join('')},"b":${end}}`]) {
          const scanned = scan(body, columns)
          if (scanned === undefined) continue
          read++
          assert.deepEqual(scanned, general(body, columns))
        }
      }),
      { numRuns: 3000, examples: [[['{"a":1', ',"b":2}'], '7']] },
    )
    assert.ok(read > 0)
  })

  test('leaves to the general way whatever is not usual', () => {
    const columns = [
      column('a', { type: 'integer', min: 0, max: 9, nullable: true }),
      column('b', { type: 'number' }),
    ]
    assert.deepEqual(scan('{"a":1,"b":2.5}', columns), [1, 2.5])
    for (const body of [
      '',
      '{',
      '{}',
      '[]',
      '{"a":1}',
      '{"a":1,"b":2',
      '{"a":1,"b":2}}',
      '{"a":1,"b":2,}',

      '{"a":1 "b":2}',
      '{"a";1,"b":2}',
      '{"b":2,"a":1}',
      '{"a":1,"a":1,"b":2}',
      '{"a":1,"b":2}x',

      '{"a":10,"b":2}',
      '{"a":-1,"b":2}',
      '{"a":1.5,"b":2}',
      '{"a":null,"b":2}',
      '{"a":"1","b":2}',
      '{"a":01,"b":2}',
      '{"a":1,"b":.5}',
      '{"a":1,"b":5.}',
      '{"a":1,"b":-}',
      '{"a":1,"b":+5}',
      '{"a":1,"b":1e3}',
      '{"a":1,"b":1234567890123456}',
      '{"a":1,"b":0.1234567890123456}',
      '{"a":1,"b":2,"c":3}',
      '{"a":1,"b":2,"explain":true}',
      String.raw`{"\u0061":1,"b":2}`,
    ])
      assert.equal(scan(body, columns), undefined, body)
    assert.equal(scan('{}', []), undefined)
    assert.equal(scan('{"a":1}', [column('a', { type: 'date' })]), undefined)
    assert.equal(scan('{"a":1}', [column('a', { type: 'text', known: ['1'] })]), undefined)
  })

  test('a number is judged as it was sent, not as the model takes it', () => {
    const columns = [column('a', { type: 'number', max: 16_777_216 })]
    assert.equal(scan('{"a":16777216.5}', columns), undefined)
    assert.deepEqual(scan('{"a":-0}', columns), [-0])
  })
})

function column(name: string, field: InputField): Column {
  return { name, field }
}

function scan(body: string, columns: readonly Column[]): readonly number[] | undefined {
  const values = scanRow(Buffer.from(body), columns)
  return values && [...values]
}

function general(body: string, columns: readonly Column[]): readonly number[] {
  const { matrix, isSingle, isExplained, warnings } = decodeRows(
    parseJsonBytes(Buffer.from(body)),
    columns,
    { rows: 1 },
  )
  assert.deepEqual([isSingle, isExplained, warnings], [true, false, undefined])
  return [...matrix.values]
}
