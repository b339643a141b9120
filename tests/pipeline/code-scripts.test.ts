import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { findScripts } from '../../src/pipeline/code/find-scripts.ts'
import { readImports } from '../../src/pipeline/code/read-imports.ts'
import { splitShellCommands } from '../../src/pipeline/code/shell-words.ts'

describe('the scripts of a command', () => {
  const scripts: Readonly<Record<string, readonly string[]>> = {
    'node train.ts': ['train.ts'],
    'node --conditions=mlpt-source --max-old-space-size=400 src/a.js --lr 0.1 b.js': ['src/a.js'],
    'node -C dev --env-file .env a.mjs': ['a.mjs'],
    'node -r ./setup.cjs --import=./hook.ts --import tsx a.ts': ['setup.cjs', 'hook.ts', 'a.ts'],
    '/usr/local/bin/node ./a.js': ['a.js'],
    'LR=1 NODE_OPTIONS="--no-warnings" exec node a.js > out.txt 2>&1': ['a.js'],
    'env A=1 timeout -k 5 60 node a.js': ['a.js'],
    'npx tsx a.ts': ['a.ts'],
    'npx --yes -p tsx tsx@4 watch a.ts': ['a.ts'],
    'tsx --tsconfig t.json a.ts': ['a.ts'],
    'yarn tsx a.ts && pnpm exec -- ts-node -P t.json b.ts': ['a.ts', 'b.ts'],
    'bun run a.ts; bun b.ts': ['a.ts', 'b.ts'],
    'deno run -A --config d.json a.ts x': ['a.ts'],
    'cd code && node a.js || (cd .. ; node b.js)': ['code/a.js', 'b.js'],
    'cat x | node a.js | tee y': ['a.js'],
    [`node "my script.js" 'and args'`]: ['my script.js'],
    'node my\\ script.js': ['my script.js'],
    'node a.js # node b.js': ['a.js'],
    'node a.js \\\n  --flag': ['a.js'],
    node: [],
    'node -e "import(1)"': [],
    'node --eval x a.js': [],
    'node --test tests/a.test.ts': [],
    'node "$SCRIPT"': [],
    'cd "$HERE" && node a.js': [],
    'cd "$HERE" && node /abs/a.js': ['/abs/a.js'],
    'npm run build': [],
    'npx mlpt train': [],
    'npx eslint a.js': [],
    'bun test a.ts': [],
    'deno run https://example.org/a.ts': [],
    'echo node a.js': [],
    'python a.py': [],
  }
  for (const [command, expected] of Object.entries(scripts)) {
    test(JSON.stringify(command), () => {
      assert.deepEqual(findScripts(command).scripts, expected)
    })
  }

  test('what runs JavaScript is told from what does not, with or without a script', () => {
    for (const command of ['npx mlpt train', 'npm run x', 'node -e 1', 'a && mlpt ingest']) {
      assert.ok(findScripts(command).runsCode, command)
    }
    for (const command of ['echo node', 'python a.py', 'cat toString', '', 'cp node x']) {
      assert.ok(!findScripts(command).runsCode, command)
    }
  })

  test('words keep what quotes hold, and lose the quotes', () => {
    const [command] = splitShellCommands(`a 'b c' "d\\"e$F" g\\ h 'i'"j"k "" *.ts`)
    assert.deepEqual(
      command?.words.map(({ text }) => text),
      ['a', 'b c', 'd"e$F', 'g h', 'ijk', '', '*.ts'],
    )
    assert.deepEqual(
      command?.words.map(({ isExpanded }) => isExpanded),
      [false, false, true, false, false, false, true],
    )
  })

  test('any text is split without breaking', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'a -&|;()<>\'"\\$#\n'.split('')) }),
        (line) => {
          for (const { words } of splitShellCommands(line)) assert.ok(words.length > 0)
          findScripts(`node ${line}`)
        },
      ),
      { numRuns: 2000 },
    )
  })
})

describe('the imports of a file', () => {
  test('are static, dynamic, re-exported, required and JSON ones', async () => {
    const text = `
      import a, { type B } from './a.ts'
      import './side.ts'
      import data from './data.json' with { type: 'json' }
      export * from "./all.ts"
      export { c } from './c.ts'
      import d = require('./d.cjs')
      const e = await import('./e.ts')
      const f = require("./f.js")
      const generic = <T,>(x: T): T => x!
    `
    assert.deepEqual(await readImports(text), [
      './a.ts',
      './side.ts',
      './data.json',
      './all.ts',
      './c.ts',
      './d.cjs',
      './e.ts',
      './f.js',
    ])
  })

  test('leave out types, names that are put together, and what stands in comments and strings', async () => {
    const text = `
      import type { A } from './a.ts'
      export type { B } from './b.ts'
      const c = await import(\`./\${name}.ts\`)
      const d = require('./' + name)
      // import './e.ts'
      /* require('./f.js') */
      const g = "require('./g.js') import './h.ts'"
      const i = \`require('./i.js')\`
      const pattern = /require\\(/
    `
    assert.deepEqual(await readImports(text), [])
  })

  test('are found by line where JSX or a mistake keeps the text from being read', async () => {
    const text = `import a from './a.tsx'\nimport type { T } from './t.ts'\nexport * from './b.ts'\nconst x = <p>it's {import('./no.ts')}</p>\n`
    assert.deepEqual(await readImports(text), ['./a.tsx', './b.ts'])
  })
})
