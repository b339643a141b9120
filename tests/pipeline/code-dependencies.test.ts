import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, test } from 'node:test'
import { declareDependencies } from '../../src/pipeline/code/declare-dependencies.ts'
import { createImportReader } from '../../src/pipeline/code/import-closure-file.ts'
import { makeFolder, mlpt, type Folder } from './folder.ts'

describe('the import closure', () => {
  test('follows every kind of import, and stops at packages, circles and the end of the repository', async () => {
    using project = makeFolder({
      'repo/train.ts': `import './lib/a.js'\nimport 'yaml'\nimport '../outside.ts'\nimport './gone.ts'\n`,
      'repo/lib/a.ts': `export * from './b'\nimport table from './table.json' with { type: 'json' }\nimport '../train.ts'\n`,
      'repo/lib/b/index.mjs': `const c = await import('../../c%20d.cjs?x')\n`,
      'repo/c d.cjs': `require('./e')\nrequire('../repo/node_modules/p/index.js')\n`,
      'repo/e.js': '',
      'repo/lib/table.json': '[]',
      'repo/node_modules/p/index.js': `require('../../never.js')`,
      'repo/never.js': '',
      'outside.ts': '',
    })
    assert.deepEqual(await closure(project, 'repo', 'train'), [
      'train.ts',
      'lib/a.ts < train.ts',
      'lib/b/index.mjs < lib/a.ts',
      'lib/table.json < lib/a.ts',
      'c d.cjs < lib/b/index.mjs',
      'e.js < c d.cjs',
    ])
  })

  test('follows names that lead to own code: of package.json, of a workspace, of tsconfig.json, and workers', async () => {
    using project = makeFolder({
      'package.json': JSON.stringify({
        name: 'own',
        imports: { '#lib/*': { types: './no.d.ts', node: './lib/*.ts' }, '#one': './lib/one.ts' },
      }),
      'tsconfig.json': `{ "extends": "./base" // two\n}`,
      'base.json': `{ /* a "comment" */ "compilerOptions": { "paths": { "@/*": ["./gone/*", "./lib/*"], "@/x/*": ["./lib/x/*"] }, }, }`,
      'packages/pkg/package.json': `{"exports": {".": {"browser": "./b.ts", "import": "./src/main.ts"}, "./f/*": "./src/*.ts", "./no": null}}`,
      'packages/pkg/src/main.ts': `export * from './deep.ts'`,
      'packages/old/package.json': `{"main": "lib/start"}`,
      ...emptyFiles(
        'lib/a.ts lib/b.ts lib/one.ts lib/x/c.ts lib/worker.mts packages/pkg/b.ts packages/pkg/src/deep.ts',
      ),
      ...emptyFiles('packages/pkg/src/f.ts packages/old/lib/start.js packages/old/sub.js'),
      'node_modules/other/index.js': '',
      'train.ts': `
import '#lib/a'; import '#one'; import '#none'; import '@/b'; import '@/x/c'; import '@/none'
import '@my/pkg'; import '@my/pkg/f/f'; import '@my/pkg/no'; import 'old'; import 'old/sub.js'
import 'other'; import 'own'; import 'node:fs'; import 'https://example.com/x.js'; import '#'; import '@my'
new Worker(new URL('lib/worker.mts', import.meta.url)); new URL('./data.json', import.meta.url)
// new URL('./lib/z.ts', import.meta.url)
`,
    })
    mkdirSync(join(project.directory, 'node_modules/@my'))
    symlinkSync('../../packages/pkg', join(project.directory, 'node_modules/@my/pkg'))
    symlinkSync('../packages/old', join(project.directory, 'node_modules/old'))
    assert.deepEqual(await closure(project, '.', 'train.ts'), [
      'train.ts',
      'lib/a.ts < train.ts',
      'lib/one.ts < train.ts',
      'lib/b.ts < train.ts',
      'lib/x/c.ts < train.ts',
      'packages/pkg/src/main.ts < train.ts',
      'packages/pkg/src/f.ts < train.ts',
      'packages/old/lib/start.js < train.ts',
      'packages/old/sub.js < train.ts',
      'lib/worker.mts < train.ts',
      'packages/pkg/src/deep.ts < packages/pkg/src/main.ts',
    ])
  })

  test('takes the file itself before the source it might be compiled from', async () => {
    using project = makeFolder({
      'a.mjs': `import './b.js'\nimport './d.mjs'`,
      'b.js': '',
      'b.ts': '',
      'd.mts': '',
    })
    assert.deepEqual(await closure(project, '.', 'a.mjs'), [
      'a.mjs',
      'b.js < a.mjs',
      'd.mts < a.mjs',
    ])
  })

  test('is empty for a script that does not exist or is a folder, and passes over a broken link', async () => {
    using project = makeFolder({ 'folder/x.txt': '', 'a.js': `import './link.js'` })
    symlinkSync('nowhere', join(project.directory, 'link.js'))
    assert.deepEqual(await closure(project, '.', 'none.ts'), [])
    assert.deepEqual(await closure(project, '.', 'folder'), [])
    assert.deepEqual(await closure(project, '.', 'a.js'), ['a.js'])
  })
})

describe('mlpt deps', () => {
  test('names what a stage imports without declaring it, and exits with 3', () => {
    using project = makeFolder(pipeline)
    const answer = mlpt(project, 'deps')
    assert.equal(answer.exitCode, 3, answer.errors)
    assert.equal(
      answer.output,
      `prepare does not declare:
  lib/csv.ts (imported by prepare.ts)
train does not declare:
  ../lib/csv.ts (imported by ../lib/model.ts)
  train.ts (the script itself)
add them to deps with: mlpt deps --fix
`,
    )
    const { stages } = JSON.parse(mlpt(project, 'deps', '--json', 'prepare').output) as {
      stages: unknown
    }
    assert.deepEqual(stages, [
      {
        stage: 'prepare',
        undeclared: [
          {
            path: 'lib/csv.ts',
            location: join(project.directory, 'lib/csv.ts'),
            importedBy: 'prepare.ts',
          },
        ],
      },
    ])
  })

  test('--fix writes them into dvc.yaml and leaves the rest of it alone; then nothing is missing', () => {
    using project = makeFolder(pipeline)
    const fixed = mlpt(project, 'deps', '--fix')
    assert.equal(fixed.exitCode, 0, fixed.errors)
    assert.equal(
      fixed.output,
      `dvc.yaml: added to deps of 'prepare': lib/csv.ts
dvc.yaml: added to deps of 'train': ../lib/csv.ts, train.ts
`,
    )
    assert.equal(
      project.read('dvc.yaml'),
      pipeline['dvc.yaml']
        .replace(
          '      - prepare.ts # the script\n',
          '      - lib/csv.ts\n      - prepare.ts # the script\n',
        )
        .replace(
          "['../lib/model.ts', ../a.csv]",
          "['../lib/model.ts', ../a.csv, ../lib/csv.ts, train.ts]",
        ),
    )
    const again = mlpt(project, 'deps')
    assert.deepEqual([again.exitCode, again.output], [0, 'every imported file is declared\n'])
  })

  test('a folder among deps declares all that lies in it', () => {
    using project = makeFolder({
      'dvc.yaml': 'stages: {a: {cmd: node src/a.js, deps: [src]}}\n',
      'src/a.js': `import './deep/b.js'`,
      'src/deep/b.js': '',
    })
    assert.equal(mlpt(project, 'deps').exitCode, 0)
  })

  test('code among the deps of a stage that runs it some other way is followed; of others it is data', () => {
    using project = makeFolder({
      'dvc.yaml': `stages:
  a: {cmd: npx mlpt ingest, deps: [project.ts]}
  b: {cmd: wc project.ts, deps: [project.ts]}
  c: {cmd: node project.ts, frozen: true}
`,
      'project.ts': `import './model.ts'`,
      'model.ts': '',
    })
    const answer = mlpt(project, 'deps')
    assert.match(
      answer.output,
      /^a does not declare:\n {2}model\.ts \(imported by project\.ts\)\nadd/,
    )
  })

  test('members of a group get what all of them import; the rest is named and left', () => {
    using project = makeFolder({
      'dvc.yaml': `stages:
  each:
    foreach: [x, y]
    do:
      cmd: node \${item}.js
  grid:
    matrix: {kind: [p, q]}
    cmd: node x.js \${item.kind}
`,
      'x.js': `import './shared.js'`,
      'y.js': `import './shared.js'`,
      'shared.js': '',
    })
    const fixed = mlpt(project, 'deps', '--fix')
    assert.equal(fixed.exitCode, 3, fixed.errors)
    assert.equal(
      project.read('dvc.yaml'),
      `stages:
  each:
    foreach: [x, y]
    do:
      cmd: node \${item}.js
      deps:
      - shared.js
  grid:
    matrix: {kind: [p, q]}
    cmd: node x.js \${item.kind}
    deps:
    - shared.js
    - x.js
`,
    )
    assert.match(fixed.output, /left alone, .*\neach@x does not declare:\n {2}x\.js .*\neach@y/)
  })

  test('--fix writes nothing when stages would then depend on each other in a circle', () => {
    using project = makeFolder({
      'dvc.yaml': `stages:
  a: {cmd: node a.js, deps: [a.js], outs: [a.txt]}
  b: {cmd: cp a.txt made.js, deps: [a.txt], outs: [made.js]}
`,
      'a.js': `import './made.js'`,
      'made.js': '',
    })
    const before = project.read('dvc.yaml')
    const answer = mlpt(project, 'deps', '--fix')
    assert.equal(answer.exitCode, 2)
    assert.match(answer.errors, /PIPELINE_CYCLE/)
    assert.equal(project.read('dvc.yaml'), before)
  })

  test('an unknown stage is a usage error', () => {
    using project = makeFolder(pipeline)
    assert.equal(mlpt(project, 'deps', 'trian').exitCode, 2)
  })
})

test('deps that are not a list are refused, and a list out of order grows at its end', () => {
  const add = (text: string): string =>
    declareDependencies(text, 'dvc.yaml', [{ entry: 'a', paths: ['c', 'a'] }])
  assert.throws(() => add('stages: {a: {cmd: x, deps: "${all}"}}\n'), /it is not a list/)
  assert.equal(
    add('stages:\n  a:\n    deps:\n    - d\n    - b\n'),
    'stages:\n  a:\n    deps:\n    - d\n    - b\n    - a\n    - c\n',
  )
})

function emptyFiles(paths: string): Record<string, string> {
  return Object.fromEntries(paths.split(' ').map((path) => [path, '']))
}

async function closure(project: Folder, root: string, script: string): Promise<string[]> {
  const folder = resolve(project.directory, root)
  const found = await createImportReader(folder).closureOf([join(folder, script)])
  const name = (path: string): string => path.slice(folder.length + 1)
  return found.map(({ location, importedBy }) =>
    importedBy === undefined ? name(location) : `${name(location)} < ${name(importedBy)}`,
  )
}

const pipeline = {
  'dvc.yaml': `# the pipeline
stages:
  prepare:
    cmd: node prepare.ts   # reads a.csv
    deps:
      - a.csv
      - prepare.ts # the script

  train:
    cmd: node --no-warnings train.ts
    wdir: code
    deps: ['../lib/model.ts', ../a.csv]
  other:
    cmd: python train.py
`,
  'a.csv': '',
  'prepare.ts': `import { parse } from './lib/csv.ts'\n`,
  'lib/csv.ts': '',
  'lib/model.ts': `import './csv.ts'\nimport type { T } from './types.ts'\n`,
  'lib/types.ts': '',
  'code/train.ts': `import '../lib/model.ts'\n`,
}
