import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import fc from 'fast-check'
import { createAxisScale, toNumber } from '../../src/pipeline/compare/plots/axis-scale.ts'
import { escapeText, html } from '../../src/core/markup.ts'
import { readPlotData } from '../../src/pipeline/compare/plots/plot-rows.ts'
import { parseSeparated } from '../../src/pipeline/compare/plots/separated-values.ts'
import { smooth } from '../../src/pipeline/compare/plots/smooth.ts'
import { assertClose } from '../assert-close.ts'
import { commit, git, makeCommitted, mlpt, mlptJson } from './committed-project.ts'
import type { Project } from './project.ts'
import { openChromium, skipWithoutChromium } from '../open-chromium.ts'

test('a table is read back as it was written, whatever is in its cells', () => {
  const cell = fc.string({ unit: fc.constantFrom('a', ' ', ',', '\t', '"', '\n', '\r', 'é') })
  const rows = fc.array(fc.tuple(cell, cell), { minLength: 1 })
  fc.assert(
    fc.property(rows, fc.constantFrom<',' | '\t'>(',', '\t'), (cells, separator) => {
      const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`
      const text = cells.map((row) => row.map(quote).join(separator)).join('\r\n')
      const options = { separator, hasHeader: false }
      assert.deepEqual(
        parseSeparated(text, options).map((row) => Array.from(row.values())),
        cells.map((row) => Array.from(row)),
      )
    }),
  )
})

test('empty lines do not count, short rows have nothing, long ones lose what is beyond the header', () => {
  const rows = parseSeparated('a,b\n\n1,2,3\n4\n,\n', { separator: ',', hasHeader: true })
  assert.deepEqual(
    rows.map((row) => Array.from(row)),
    [
      [
        ['a', '1'],
        ['b', '2'],
      ],
      [
        ['a', '4'],
        ['b', null],
      ],
      [
        ['a', ''],
        ['b', ''],
      ],
    ],
  )
  assert.deepEqual(parseSeparated('', { separator: ',', hasHeader: true }), [])
})

test('of JSON and YAML the lists of like maps count, joined row by row', () => {
  const text =
    '{"name": "x", "in": {"roc": [{"a": 1}, {"a": 2}]}, "odd": [{"a": 1}, {"b": 1}], "more": [{"b": 3}]}'
  const { rows, lastField } = readPlotData(new TextEncoder().encode(text), 'p.json')
  assert.deepEqual(rows, [
    new Map([
      ['a', 1n],
      ['b', 3n],
    ]),
    new Map([['a', 2n]]),
  ])
  assert.equal(lastField, 'a')
})

test('files that cannot be drawn are errors with a hint', () => {
  const bytes = Uint8Array.of(0xff, 0xfe)
  assert.throws(() => readPlotData(bytes, 'p.txt'), { code: 'DATA_FILE_INVALID' })
  assert.throws(() => readPlotData(bytes, 'p.csv'), { code: 'DATA_FILE_INVALID', message: /UTF-8/ })
  assert.throws(() => readPlotData(undefined, 'p.csv'), { code: 'FILE_MISSING' })
})

test('an axis has round marks inside of its span, and names where not all are numbers', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { minLength: 1 }),
      (values) => {
        const { ticks, placeOf } = createAxisScale(values)
        // Numbers that differ in their last digits only are a few steps of a double apart.
        const span = Math.max(...values) - Math.min(...values) || 1
        const step = (Math.max(...values.map(Math.abs)) * 2 ** -50) / span
        for (const { place } of ticks) assert.ok(Math.abs(place - 0.5) <= 0.5 + 1e-6 + step)
        for (const value of values) {
          const place = placeOf(value)!
          assert.ok(place >= -1e-9 && place <= 1 + 1e-9)
        }
      },
    ),
  )
  assert.deepEqual(
    createAxisScale(['0', '5', '10']).ticks.map(({ label }) => label),
    ['0', '2', '4', '6', '8', '10'],
  )
  assert.deepEqual(
    createAxisScale([0n, 1n, 2n]).ticks.map(({ label }) => label),
    ['0', '1', '2'],
  )
  assert.deepEqual(
    createAxisScale(['jan', 1, 'jan']).ticks.map(({ label, place }) => [label, place]),
    [
      ['jan', 0.25],
      ['1', 0.75],
    ],
  )
  assert.deepEqual(
    [toNumber('1e3'), toNumber(' '), toNumber('x'), toNumber(true), toNumber(NaN)],
    [1000, undefined, undefined, undefined, undefined],
  )
})

test('smoothing leaves a straight line straight', () => {
  const line = Array.from({ length: 20 }, (_, i) => ({ x: i, y: 3 - 2 * i }))
  for (const { x, y } of smooth(line, 0.3)) assertClose(y, 3 - 2 * x)
  assert.deepEqual(smooth([{ x: 1, y: 5 }], 0.3), [{ x: 1, y: 5 }])
  for (const { y } of smooth(
    [1, 2, 3, 4].map((value) => ({ x: 7, y: value })),
    1,
  ))
    assert.ok(y >= 1 && y <= 4)
})

test('nothing that is filled into markup can become markup', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.doesNotMatch(escapeText(text), /[<>"']|&(?!#\d+;)/)
    }),
  )
  assert.equal(
    html`<b title="${'"><script>'}">${1 / 3}</b>`.markup,
    '<b title="&#34;&#62;&#60;script&#62;">0.33</b>',
  )
})

test('plots show --json has the points of top-level plots and of stages', () => {
  using project = makePlots()
  assert.deepEqual(mlptJson(project, ['plots', 'show', 'curve']), {
    data: {
      curve: [
        {
          type: 'chart',
          revisions: ['workspace'],
          title: 'curve',
          template: 'linear',
          x_label: 'step',
          y_label: 'loss',
          datapoints: [
            { step: '0', loss: '1', rev: 'workspace', filename: 'a.csv' },
            { step: '1', loss: '0.5', rev: 'workspace', filename: 'a.csv' },
            { step: '0', loss: '2', rev: 'workspace', filename: 'b.csv' },
            { step: '1', loss: '1', rev: 'workspace', filename: 'b.csv' },
          ],
        },
      ],
    },
  })
  const { data } = mlptJson(project, ['plots', 'show']) as { data: object }
  assert.deepEqual(Object.keys(data), ['curve', 'p/a.csv', 'p/b.csv', 'pic.svg', 's.json'])
})

test('plots diff takes the work tree and HEAD when something changed, and revisions in their order', () => {
  using project = makePlots()
  const revisionsOf = (...args: string[]): unknown => {
    const { data } = mlptJson(project, ['plots', 'diff', ...args]) as {
      data: Record<string, { revisions: string[] }[]>
    }
    return data['s.json']![0]!.revisions
  }
  assert.deepEqual(revisionsOf(), ['workspace'])
  project.write({ 's.json': '[{"v": 3}]' })
  assert.deepEqual(revisionsOf(), ['workspace', 'HEAD'])
  git(project, 'tag', 'old')
  commit(project)
  assert.deepEqual(revisionsOf('old'), ['workspace', 'old'])
  assert.deepEqual(revisionsOf('HEAD', 'old'), ['HEAD', 'old'])
  assert.equal(mlpt(project, ['plots', 'diff', 'nope']).exitCode, 2)
})

test('what a plot lacks is told, and the others are drawn', () => {
  using project = makePlots()
  project.write({
    'dvc.yaml':
      'plots: [gone.csv, p/a.csv: {y: nope}, p/b.csv, two: {x: {p/a.csv: step}, y: {p/b.csv: loss}}]\n',
    'p/a.csv': 'step,loss\n0,1\n',
  })
  const { output, errors, exitCode } = mlpt(project, ['plots', 'show', '--json'])
  assert.equal(exitCode, 0)
  assert.match(errors, /warning: gone\.csv in workspace: there is no file/)
  assert.match(errors, /warning: p\/a\.csv in workspace: there is no field 'nope'/)
  assert.match(errors, /warning: two in workspace: 'p\/a\.csv' has 1 rows, but 'p\/b\.csv' has 2/)
  const document = JSON.parse(output) as {
    data: Record<string, unknown[]>
    errors: { name: string }[]
  }
  assert.deepEqual(
    Object.entries(document.data).map(([id, items]) => [id, items.length]),
    [
      ['gone.csv', 0],
      ['p/a.csv', 0],
      ['p/b.csv', 1],
      ['two', 0],
    ],
  )
  assert.deepEqual(
    document.errors.map(({ name }) => name),
    ['gone.csv', 'p/a.csv', 'two'],
  )
  assert.equal(mlpt(project, ['plots', 'show', 'nothing']).exitCode, 2)
})

test('the page goes into a folder that is named, as with dvc', () => {
  using project = makePlots()
  const { output } = mlpt(project, ['plots', 'show', 'p/a.csv', '-o', 'p'])
  assert.equal(output, 'p/index.html\n')
  assert.match(project.read('p/index.html'), /^<!doctype html>/i)
})

test('flags go before what the definition says', () => {
  using project = makePlots()
  const args = [
    'plots',
    'show',
    'p/a.csv',
    '-y',
    'step',
    '--title',
    'T',
    '--template',
    'scatter',
    '--json',
  ]
  const { data } = JSON.parse(mlpt(project, args).output) as {
    data: Record<string, Record<string, unknown>[]>
  }
  const { title, template, y_label: label } = data['p/a.csv']![0]!
  assert.deepEqual([title, template, label], ['T', 'scatter', 'step'])
})

describe('the page of plots in a browser', { skip: skipWithoutChromium }, () => {
  test('shows every plot without scripts, network or complaints, in light and dark, wide and narrow', async () => {
    using project = makePlots()
    const hostile = '<img src=x onerror=alert(1)>'
    project.write({
      'dvc.yaml': `plots:
- curve: {x: step, y: {p/a.csv: loss, p/b.csv: loss}, title: "${hostile}"}
- smooth.csv: {x: step, y: loss, template: smooth}
- bars: {x: gain, y: {bars.csv: name}, template: bar_horizontal_sorted}
- matrix: {x: actual, y: {matrix.csv: predicted}, template: confusion_normalized}
- own: {x: step, y: {p/a.csv: loss}, template: my_own}
- gone.csv
- pic.svg
`,
      'smooth.csv': `step,loss\n${Array.from({ length: 100 }, (_, i) => `${i},${i % 7}`).join('\n')}\n`,
      'bars.csv': `name,gain\n${hostile},3\nb,-1\n`,
      'matrix.csv': `actual,predicted\na,a\na,b\nb,${hostile}\n`,
    })
    assert.equal(mlpt(project, ['plots', 'diff', 'HEAD', '-o', 'page.html']).output, 'page.html\n')
    await using browser = await openChromium()
    for (const [width, colorScheme] of [
      [1280, 'light'],
      [390, 'dark'],
    ] as const) {
      const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme })
      const complaints: string[] = []
      page.on('console', (message) => complaints.push(message.text()))
      page.on('request', (request) => {
        if (!/^(?:file|data):/.test(request.url())) complaints.push('network')
      })
      await page.goto(pathToFileURL(join(project.directory, 'page.html')).href)
      assert.equal(await page.locator('section').count(), 10)
      assert.equal(await page.getByRole('heading', { name: hostile }).count(), 1)
      assert.equal(await page.locator('script, img[src="x"]').count(), 0)
      assert.equal(
        await page
          .locator('img')
          .first()
          .evaluate((image: HTMLImageElement) => image.naturalWidth),
        20,
      )
      const paths = await page
        .locator('path')
        .evaluateAll((all) => all.map((each) => each.getAttribute('d')!))
      assert.ok(paths.length > 8 && paths.every((path) => !/NaN|undefined|Infinity/.test(path)))
      assert.ok(await page.getByText("the template 'my_own' is not known here").isVisible())
      assert.ok(await page.getByText("there is no file 'gone.csv'").isVisible())
      const scrolled = await page.evaluate(() => document.documentElement.scrollWidth)
      assert.ok(scrolled <= width, `${scrolled} > ${width}`)
      assert.deepEqual(complaints, [])
      await page.close()
    }
  })
})

function makePlots(): Project {
  return makeCommitted({
    'dvc.yaml': `plots:
- curve: {x: step, y: {p/a.csv: loss, p/b.csv: loss}}
- p
- pic.svg
stages:
  s: {cmd: echo, plots: [s.json: {cache: false}]}
`,
    'p/a.csv': 'step,loss\n0,1\n1,0.5\n',
    'p/b.csv': 'step,loss\n0,2\n1,1\n',
    's.json': '[{"v": 1}, {"v": 2}]',
    'pic.svg':
      '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"><rect width="20" height="20"/></svg>',
  })
}
