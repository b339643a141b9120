import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createLineBuffer } from '../../../src/monitoring/prediction-log/line-buffer.ts'
import { appendText } from '../../../src/monitoring/prediction-log/line-bytes.ts'
import { createRowQueue } from '../../../src/monitoring/prediction-log/row-queue.ts'
import type { LineWriter } from '../../../src/monitoring/prediction-log/spool-line.ts'
import { scored } from './scored.ts'

const names = 'names\n'

test('every row is in one batch, in order, behind the names of its numbers, whatever comes between; a batch stays until it is dropped', () => {
  const step = fc.oneof(
    fc.record({ add: fc.integer({ min: 1, max: 200 }), letters: fc.nat({ max: 40 }) }),
    fc.constantFrom('format' as const, 'take' as const, 'drop' as const),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const queue = createRowQueue(4096)
      const writer: LineWriter = {
        appendNames: (into) => appendText(into, names),
        appendRows: (into, { requestId }, { from, to }) => {
          for (let row = from; row < to; row++) appendText(into, `${requestId}.${row}\n`)
        },
      }
      const lines = createLineBuffer(queue, writer, 1024)
      const expected: string[] = []
      let found = ''
      let [batch, requests] = ['', 0]
      const take = (): void => {
        const taken = lines.take()
        const all = Buffer.from(taken.lines).toString()
        assert.equal(all.startsWith(names), taken.rows > 0)
        const text = all.replace(names, '')
        assert.equal(text.split('\n').length - 1, taken.rows)
        if (batch !== '') assert.equal(text, batch)
        batch = text
      }
      const drop = (): void => {
        found += batch
        batch = ''
        lines.drop()
      }
      const play = (one: typeof step extends fc.Arbitrary<infer Step> ? Step : never): void => {
        if (one === 'format') lines.formatSome()
        else if (one === 'take') take()
        else if (one === 'drop') drop()
        else {
          // Letters that take two and three bytes: a buffer grows by what is written, not by what was asked.
          const id = `${requests++}${'é€'.repeat(one.letters)}`
          const kept = queue.add(
            scored(
              id,
              Array.from({ length: one.add }, () => [1]),
              { columns: ['c'] },
            ),
            0,
          )
          for (let row = 0; row < kept; row++) expected.push(`${id}.${row}`)
        }
      }
      for (const one of steps) play(one)
      for (; lines.rows + queue.rows > 0; drop()) {
        while (lines.formatSome());
        take()
      }
      assert.equal(found, expected.map((line) => `${line}\n`).join(''))
    }),
  )
})
