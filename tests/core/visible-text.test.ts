import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatError, ToolkitError } from '../../src/core/errors.ts'
import { escapeAllButColours, escapeControls, escapeLines } from '../../src/core/visible-text.ts'

/** What a terminal obeys, and what turns the direction of a line; U+009B begins a sequence, as ESC and [ do. */
const moving = [
  '\u001b',
  '\u0007',
  '\r',
  '\u009b',
  '\b',
  '\u202e',
  '\u2066',
  '\u2028',
  'x',
  '[2J',
  '\n',
  '\t',
]
const hostile = fc.array(fc.constantFrom(...moving)).map((parts) => parts.join(''))

test('no text keeps what moves a cursor or turns a line, and JSON stays what it was', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const rest = [escapeControls(text), escapeLines(text), escapeAllButColours(text)]
      assert.doesNotMatch(rest.join(''), /(?![\n\t])\p{Cc}|[\u2028\u202e\u2066]/u)
      assert.equal(JSON.parse(escapeControls(JSON.stringify(text))), text)
    }),
  )
})

test('colours and nothing else of a terminal stay; text in other scripts is left alone', () => {
  assert.equal(
    escapeAllButColours('\u001b[1;31mred\u001b[39m\u001b[2J \u001b]0;title\u0007'),
    '\u001b[1;31mred\u001b[39m\\u001b[2J \\u001b]0;title\\u0007',
  )
  for (const text of ['مرحبا', 'שלום', 'e\u0301', '👩‍🔬', 'a\tb\n'])
    assert.equal(escapeLines(text), text)
})

test('an error shows what is in its message, and its lines stay', () => {
  const error = new ToolkitError('CLI_USAGE', "there is no 'a\u001b[2J'\nnor 'b'", { hint: 'x\r' })
  assert.equal(
    formatError(error),
    "error CLI_USAGE: there is no 'a\\u001b[2J'\nnor 'b'\n  hint: x\\u000d",
  )
})
