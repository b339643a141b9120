import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { test } from 'node:test'

interface Notebook {
  readonly nbformat: number
  readonly cells: readonly { readonly cell_type: string; readonly source: readonly string[] }[]
}

const hasResults = existsSync('data/raw/credit_default.parquet') && existsSync('models/boosting')
const skip = hasResults ? false : 'skipped: no results of the reference project here; run make all'

test('the cells of the notebook run in order and find what the text says', { skip }, () => {
  // A module of the root, so that it imports as a notebook that is started there.
  const path = resolve('.notebook-under-test.ts')
  try {
    writeFileSync(path, moduleOf(readNotebook()))
    const printed = execFileSync(process.execPath, ['--conditions=mlpt-source', path], {
      encoding: 'utf8',
    })
    const results = printed
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown[])
    assert.equal(results.length, 5)
    assert.deepEqual((results[0] as { clients: string }[])[0]?.clients, '30000')
    const byStatus = results[1] as { PAY_0: string; default_rate: number }[]
    const rate = (status: string): number =>
      byStatus.find((row) => row.PAY_0 === status)!.default_rate
    assert.ok(rate('0') < rate('-1') && rate('2') > 0.6)
    const [duly, late] = results[4] as [number, number]
    assert.ok(late > duly)
  } finally {
    rmSync(path, { force: true })
  }
})

function readNotebook(): Notebook {
  const notebook = JSON.parse(readFileSync('notebooks/exploration.ipynb', 'utf8')) as Notebook
  assert.equal(notebook.nbformat, 4)
  return notebook
}

/** All code cells as one module; the last expression of a cell is printed, as a notebook shows it. */
function moduleOf({ cells }: Notebook): string {
  return cells
    .filter((cell) => cell.cell_type === 'code')
    .map((cell) => printLastExpression(cell.source.join('')))
    .join('\n')
}

function printLastExpression(source: string): string {
  const start = Math.max(
    source.lastIndexOf('\nawait '),
    source.lastIndexOf('\nmetrics.map'),
    source.lastIndexOf('\n;['),
  )
  const shown = source.slice(start + 1).replace(/^;/, '')
  const [code, expression] = start < 0 ? ['', source] : [source.slice(0, start), shown]
  return `${code}\nconsole.log(JSON.stringify(${expression}))`
}
