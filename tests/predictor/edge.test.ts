/** `ml-pipeline-toolkit/predictor` where there is no Node: the bundle of docs/edge.md, in a bare context and in a browser. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createContext, runInContext } from 'node:vm'
import { rolldown } from 'rolldown'
import { bundlePredictor } from '../../scripts/bundle-predictor.mjs'
import { createRandom } from '../../src/core/random.ts'
import { createPredictor, encodeModel, formatModelFolder } from '../../src/model/index.ts'
import { drawForest, drawRows, type ForestShape } from '../model/draw-forest.ts'
import { openChromium, skipWithoutChromium } from '../open-chromium.ts'
import { makeScratchFolder } from '../scratch-folder.ts'

/** Larger than the credit project's: of its columns, with as many leaves a tree as LightGBM grows unless told. */
const shape: ForestShape = {
  columns: 23,
  trees: 200,
  nodes: 61,
  values: [-2, -1, 0, 1, 2, 3, 0.25, 50_000, 1e5],
}
const random = createRandom(1)
const onnx = encodeModel(drawForest(random, shape))
const columns = Array.from({ length: shape.columns }, (_, c) => `COLUMN_${c}`)
const manifest = {
  name: 'loans',
  kind: 'boosting',
  target: 'defaulted',
  output: { kind: 'value' },
  inputs: Object.fromEntries(
    columns.map((name) => [name, { type: 'number', nullable: true }] as const),
  ),
  example: Object.fromEntries(columns.map((name) => [name, 0])),
} as const
const matrix = drawRows(random, shape, 50)
const rows = Array.from({ length: matrix.rows }, (_, r) =>
  Object.fromEntries(
    columns.map((name, c) => {
      const cell = matrix.values[r * columns.length + c]!
      return [name, Number.isNaN(cell) ? null : cell]
    }),
  ),
)
const expected = [...createPredictor(manifest, onnx).predict(matrix)]
const wrong = [{ ...rows[0], COLUMN_1: 'x', COLUMN_33: 1 }]

const [, score, commands, page] =
  /```js\n([^]*?)```[^]*?```sh\n([^]*?)```[^]*?```js\n([^]*?)```/.exec(
    readFileSync('docs/edge.md', 'utf8'),
  )!

let bundle: string
let entry: string
let script: string
before(async () => {
  const folder = makeScratchFolder()
  const write = (path: string, content: string | Uint8Array): void => {
    mkdirSync(join(folder, path, '..'), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  for (const [name, content] of formatModelFolder(manifest, onnx)) {
    write(`models/boosting/${name}`, content)
  }
  entry = await bundlePredictor('src')
  write('node_modules/ml-pipeline-toolkit/predictor.js', entry)
  write(
    'node_modules/ml-pipeline-toolkit/package.json',
    '{"type": "module", "exports": {"./predictor": "./predictor.js"}}',
  )
  write('package.json', '{"type": "module"}')
  write('score.js', score!)
  execFileSync('sh', ['-ec', commands!.replaceAll('npx ', '')], { cwd: folder, stdio: 'pipe' })
  bundle = readFileSync(join(folder, 'bundle/score.js'), 'utf8')
  script = await toScript(bundle)
  // base64 of the bytes and the code, as an edge platform counts them.
  assert.ok(statSync(join(folder, 'bundle/score.js')).size <= 1_000_000)
})

describe('a bare context, with the words of the language and nothing of Node', () => {
  for (const strings of [true, false]) {
    test(`gives the very numbers, code ${strings ? 'allowed' : 'refused'}`, async () => {
      const context = createContext(
        { TextDecoder, atob, rows: JSON.stringify(rows), wrong: JSON.stringify(wrong) },
        { codeGeneration: { strings, wasm: false } },
      )
      runInContext(script, context)
      const answer = JSON.parse(
        runInContext('JSON.stringify([...scoring.predict(JSON.parse(rows))])', context),
      )
      assert.deepEqual(answer, expected)
      const error = JSON.parse(
        runInContext(
          `try { scoring.predict(JSON.parse(wrong)) } catch (error) { JSON.stringify(error) }`,
          context,
        ),
      )
      assert.equal(error.code, 'REQUEST_INVALID')
      assert.deepEqual(
        error.details.errors.map(({ pointer }: { pointer: string }) => pointer),
        ['/0/COLUMN_1', '/0/COLUMN_33'],
      )
    })
  }
})

describe('a browser', { skip: skipWithoutChromium }, () => {
  test('gives the very numbers in the page and in a worker, with a policy that forbids eval and without', async () => {
    await using site = await serveFiles({
      '/page.html': '<!doctype html><script type="module" src="page.js"></script>',
      '/page.js': pageScript,
      '/fetched.html': '<!doctype html><script type="module" src="fetched-page.js"></script>',
      '/fetched-page.js': `import { predict } from './fetched.js'\nglobalThis.score = async (rows) => [[...predict(rows)]]`,
      '/fetched.js': page!,
      '/predictor.js': entry,
      '/model.onnx': onnx,
      '/model.yaml': formatModelFolder(manifest, onnx).get('MLmodel')!,
      '/worker.js': `import { predict } from './score.js'\nonmessage = ({ data }) => postMessage([...predict(data)])`,
      '/score.js': bundle,
    })
    const browser = await openChromium()
    try {
      for (const [path, hasPolicy] of [
        ['strict/page.html', true],
        ['page.html', false],
        ['fetched.html', false],
      ] as const) {
        const tab = await browser.newPage()
        const errors: string[] = []
        tab.on('pageerror', (error) => errors.push(error.message))
        await tab.goto(`${site.address}/${path}`)
        // A question from outside is let through by the policy; the browser's own waiting is not, from its second look on.
        while (!(await tab.evaluate('globalThis.score !== undefined'))) await sleep(20)
        const answers: number[][] = await tab.evaluate(
          (given) => (globalThis as unknown as Page).score(given),
          rows,
        )
        for (const answer of answers) assert.deepEqual(answer, expected)
        const refused = await tab.evaluate('globalThis.refused ?? 0')
        assert.equal(refused, hasPolicy ? 1 : 0)
        assert.deepEqual(errors, [])
        await tab.close()
      }
    } finally {
      await browser.close()
    }
  })
})

interface Page {
  score(rows: unknown): Promise<number[][]>
}

/** Scores in the page and in a worker; counts what the policy refused. */
const pageScript = `
addEventListener('securitypolicyviolation', () => (globalThis.refused = (globalThis.refused ?? 0) + 1))
const { predict } = await import('./score.js')
const worker = new Worker('worker.js', { type: 'module' })
globalThis.score = (rows) =>
  new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve([[...predict(rows)], data])
    worker.onerror = ({ message }) => reject(new Error(message))
    worker.postMessage(rows)
  })
`

/** An ES module as a script that names its exports \`scoring\`. */
async function toScript(code: string): Promise<string> {
  const made = await rolldown({
    input: 'score.js',
    plugins: [{ name: 'text', resolveId: (id) => id, load: () => code }],
  })
  const { output } = await made.generate({ format: 'iife', name: 'scoring' })
  await made.close()
  return output[0].code
}

/** Serves files; below /strict with a policy that lets scripts of this server run, and no eval. */
async function serveFiles(
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<{ readonly address: string } & AsyncDisposable> {
  const server = createServer(({ url = '' }, response) => {
    const path = url.replace('/strict', '')
    const content = files[path]
    const type = path.endsWith('.js') ? 'text/javascript' : 'text/html'
    response.writeHead(content === undefined ? 404 : 200, {
      'content-type': type,
      ...(url !== path && {
        'content-security-policy': "default-src 'none'; script-src 'self'; worker-src 'self'",
      }),
    })
    response.end(content)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    address: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
