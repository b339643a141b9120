import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { html } from '../../../src/core/markup.ts'
import {
  formatCount,
  formatNumber,
  formatShare,
  shortenText,
} from '../../../src/core/format-number.ts'
import { drawTable } from '../../../src/data/page/data-table.ts'
import { fitItems, sizeOf } from '../../../src/data/page/fit-size.ts'
import { drawHistogram } from '../../../src/data/page/histogram-svg.ts'
import { renderPage } from '../../../src/data/page/page.ts'
import { drawShareBar } from '../../../src/data/page/share-bar.ts'
import { drawSparkBars, drawSparkLine } from '../../../src/data/page/sparkline.ts'
import { drawName, drawValue } from '../../../src/data/page/value.ts'

describe('numbers for people', () => {
  test('a share that is neither nothing nor all never reads as nothing or all', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (share) => {
        assert.equal(formatShare(share) === '0 %', share === 0)
        assert.equal(formatShare(share) === '100 %', share === 1)
      }),
    )
  })

  test('digits stand in groups of three, and few of them', () => {
    assert.deepEqual([0, 999, 30_000, 1_234_567].map(formatCount), [
      '0',
      '999',
      '30,000',
      '1,234,567',
    ])
    assert.deepEqual(
      [1234.5678, -1_234_567.891, 0.000_012_34, 1e21, Infinity, 2 ** 53].map(formatNumber),
      ['1,234.6', '-1,234,568', '1.234e-5', '1e21', '∞', '9.007e15'],
    )
    assert.equal(formatShare(312 / 30_000), '1.04 %')
  })

  test('a shortened text has at most as many characters as asked, and begins and ends as the whole', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.integer({ min: 2, max: 30 }),
        (text, longest) => {
          const characters = Array.from(text)
          const shown = Array.from(shortenText(text, longest))
          if (characters.length <= longest) return assert.equal(shown.join(''), text)
          assert.equal(shown.length, longest)
          assert.equal(shown[0] === '…' || shown[0] === characters[0], true)
          assert.equal(shown.at(-1) === '…' || shown.at(-1) === characters.at(-1), true)
        },
      ),
    )
  })
})

describe('names and values', () => {
  test('what is not there or cannot be seen has a name', () => {
    assert.match(drawValue(null).markup, /missing/)
    assert.match(drawValue('').markup, /empty text/)
    assert.match(drawName('a\u202eb').markup, /⟨202E⟩/)
    assert.doesNotMatch(drawName('a\u202eb').markup, /\u202e/)
  })

  test('a value of two megabytes becomes a short one', () => {
    assert.ok(sizeOf(drawValue('😀'.repeat(1_000_000))) < 500)
  })

  test('no text becomes markup, in content and in attributes', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', 'a', '/', ' ') }),
        (text) => {
          const drawn = html`<i title="${text}">${drawName(text)}${drawValue(text)}</i>`.markup
          const outside = drawn.replaceAll(
            /<\/?(?:i|bdi|span)(?: (?:title|class)="[^"<>]*")*>/g,
            '',
          )
          assert.doesNotMatch(outside, /[<>"']/)
        },
      ),
    )
  })
})

describe('pictures', () => {
  const count = fc.integer({ min: 0, max: 1e6 })
  const bins = fc
    .array(fc.tuple(fc.double({ noNaN: true }), count), { minLength: 1, maxLength: 30 })
    .map((pairs) => {
      const edges = pairs.map(([edge]) => edge).sort((a, b) => a - b)
      return { edges: [edges[0]!, ...edges], counts: pairs.map(([, each]) => each) }
    })

  test('a histogram of whatever numbers has only finite coordinates', () => {
    fc.assert(
      fc.property(
        bins,
        fc.option(bins, { nil: undefined }),
        fc.option(fc.double({ noNaN: true }), { nil: undefined }),
        (current, reference, max) => {
          const { markup } = drawHistogram({
            current,
            ...(reference !== undefined && { reference }),
            ...(max !== undefined && { limits: { max } }),
            label: 'x',
            format: () => 'n',
          })
          assert.doesNotMatch(markup, /NaN|Infinity|undefined/)
        },
      ),
    )
  })

  test('the picture of one value alone is a bar, of none is nothing', () => {
    const one = drawHistogram({ current: { edges: [5, 5], counts: [9] }, label: 'x' }).markup
    assert.match(one, /<path class="cur" d="M\d/)
    assert.equal(drawHistogram({ current: { edges: [0, 1], counts: [0] }, label: 'x' }).markup, '')
  })

  test('a limit beyond the picture stands at its edge with an arrow, one within is a line', () => {
    const current = { edges: [0, 10], counts: [1] }
    const far = drawHistogram({ current, limits: { max: 1000 }, label: 'x' }).markup
    assert.match(far, /→ max 1,000/)
    assert.doesNotMatch(far, /class="limit"/)
    const near = drawHistogram({ current, limits: { min: 2 }, label: 'x' }).markup
    assert.match(near, /class="limit"/)
    assert.match(near, /class="outside"/)
  })

  test('twice the rows of the same distribution draw the same picture', () => {
    const draw = (factor: number): string =>
      drawHistogram({
        current: { edges: [0, 1, 2], counts: [1 * factor, 3 * factor] },
        reference: { edges: [0, 1, 2], counts: [1, 3] },
        label: 'x',
      }).markup
    assert.equal(draw(1), draw(1000))
  })

  test('bars and lines as small as a word stay within their picture', () => {
    fc.assert(
      fc.property(fc.array(count, { maxLength: 40 }), fc.array(fc.double()), (counts, values) => {
        assert.doesNotMatch(drawSparkBars(counts, 'x').markup, /NaN|Infinity/)
        assert.doesNotMatch(drawSparkLine(values, { label: 'x' }).markup, /NaN|Infinity/)
      }),
    )
  })

  test('the parts of a bar never leave it, and the smallest is seen', () => {
    const parts = [
      { share: 0.9999, tone: 'good', label: 'held' },
      { share: 0.0001, tone: 'bad', label: 'failed' },
    ] as const
    const widths = [...drawShareBar(parts).markup.matchAll(/class="part.*?width="([\d.]+)"/gs)]
    assert.ok(widths.every(([, width]) => Number(width) >= 0))
    assert.ok(Number(widths[0]![1]) + Number(widths[1]![1]) <= 400)
    assert.ok(Number(widths[1]![1]) > 0)
    assert.match(drawShareBar(parts).markup, /failed: 0\.01 %/)
  })
})

describe('size', () => {
  test('items are drawn until they do not fit, and those left out are counted', () => {
    let drawn = 0
    const draw = (): { markup: string } => {
      drawn += 1
      return { markup: 'x'.repeat(100) }
    }
    const values = Array.from({ length: 1000 }, (_, i) => i)
    const fitted = fitItems(values, draw, { limitBytes: 1000 })
    assert.deepEqual([fitted.items.length, fitted.leftOut, drawn], [10, 990, 11])
  })

  test('a table says how many rows it leaves out', () => {
    const { markup } = drawTable([{ label: 'a' }], [1, 2, 3], {
      label: 'table',
      what: 'columns',
      limitBytes: 60,
      toRow: (row) => ({ cells: [html`${row}`] }),
    })
    assert.match(markup, /and \d more columns not shown here/)
  })
})

test('a page admits its own style sheet and nothing else', () => {
  const page = renderPage({ title: '</title><script>', body: html`<p>x</p>` })
  assert.match(page, /default-src 'none'; style-src 'sha256-/)
  assert.doesNotMatch(page, /<script|unsafe|http:|https:/)
  assert.doesNotMatch(page, /\sstyle="/)
})
