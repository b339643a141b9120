/**
 * Joins what the compiler wrote into few files: half of a run that finds nothing to do would go into
 * finding and opening modules (bench/pipeline.ts). Library and program share the parts, so that an
 * error of one is an error to the other.
 */

import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { init, parse } from 'es-module-lexer'
import { rolldown } from 'rolldown'
import { bundleServer } from './bundle-server.mjs'

const compiled = resolve('dist')
/** As deep as the files that look for the page beside them: dist/dashboard. */
const output = join(compiled, 'bundle')

// Parts carry a hash in their names: those of earlier builds would stay, and be packed.
rmSync(output, { recursive: true, force: true })

const yamlPackage = createRequire(import.meta.url).resolve('yaml')
const yamlNames = Object.keys(createRequire(import.meta.url)(yamlPackage))

/** By file: what is said otherwise in the bundle. */
const replaced = [
  ['/DuckDBPreparedStatementWeakRefCollection.js', 'performance.now()', 'Date.now()'],
  ['/yaml-package-file.js', "load('yaml')", "load('../parts/yaml.cjs')"],
]

/** What is loaded when it is first called: it costs milliseconds, and not every command calls it. */
const lateModules = new Set(['node:child_process', 'node:crypto', 'node:fs/promises', 'node:os'])

await init()
/** What is loaded by a run that finds nothing to do: one file more than by any command. */
const start = closureOf(['cli/commands/run.js', 'pipeline/run/run-pipeline.js'])
/** What every command loads, without the entry that waits for it. */
const base = closureOf(['cli/main.js', 'cli/output/terminal-text.js'])
base.delete(join(compiled, 'cli/main.js'))

const bundle = await rolldown({
  input: {
    index: join(compiled, 'index.js'),
    serving: join(compiled, 'serving/index.js'),
    main: join(compiled, 'cli/main.js'),
  },
  platform: 'node',
  // Other libraries stay where npm puts them. Every command needs commander, each run ignore; DuckDB's is a
  // hundred small files around its native part, which stays outside.
  external: (id, importer) =>
    !/^[./\0]|^commander$|^ignore$|^@duckdb\/node-api$/.test(id) && !isLightened(id, importer),
  plugins: [lightModules(), lateBuiltins()],
  onLog: (level, log, report) => {
    // Those that are in one file with what imports them are there already.
    if (log.code !== 'INEFFECTIVE_DYNAMIC_IMPORT') report(level, log)
  },
})
const written = await bundle.write({
  dir: output,
  format: 'esm',
  entryFileNames: 'entries/[name].js',
  chunkFileNames: 'parts/[name]-[hash].js',
  sourcemap: true,
  codeSplitting: {
    groups: [
      {
        name: 'base',
        test: (id) =>
          base.has(id) ||
          id.includes('rolldown/runtime') ||
          id.includes('/node_modules/commander/') ||
          id.startsWith(join(compiled, 'core/')),
        priority: 1,
      },
      { name: 'start', test: (id) => start.has(id) || id.includes('/node_modules/ignore/') },
    ],
  },
})
await bundle.close()
for (const { type, fileName } of written.output) {
  if (type === 'chunk') escapeBeyondAscii(join(output, fileName))
}
// Sixty files, which take four times as long to load. One copy for all: it is loaded when something is parsed.
const yaml = await rolldown({ input: yamlPackage, platform: 'node' })
await yaml.write({ file: join(output, 'parts/yaml.cjs'), format: 'cjs' })
await yaml.close()
// What `mlpt package` copies; it looks for it here.
for (const [name, content] of await bundleServer(compiled)) {
  mkdirSync(dirname(join(output, 'package', name)), { recursive: true })
  writeFileSync(join(output, 'package', name), content)
}
cpSync('node_modules/commander/LICENSE', join(output, 'LICENSE-commander'))
cpSync('node_modules/ignore/LICENSE-MIT', join(output, 'LICENSE-ignore'))
cpSync('node_modules/@duckdb/node-api/LICENSE', join(output, 'LICENSE-duckdb-node-api'))

/**
 * What short commands load and do not need, a tenth of their time. An import of node:util reads all its members,
 * worker threads among them; what is named here is all that is taken from it. commander would start
 * commands that are programs of their own with node:child_process; ours are not. DuckDB's native part is the one
 * for glibc wherever that loads, so that the library that tells glibc from musl (by way of
 * node:child_process) is asked only where it does not. Its collection of statements looks at the clock once in
 * a while; `performance` would load node:perf_hooks for that.
 */
function lightModules() {
  const modules = {
    'node:util': `export const { inspect, isDeepStrictEqual, promisify, stripVTControlCharacters, styleText } =
      process.getBuiltinModule('node:util')`,
    'node:child_process': 'export {}',
    '@duckdb/node-bindings': `
      import { createRequire } from 'node:module'
      const require = createRequire(import.meta.url)
      const beside = createRequire(require.resolve('@duckdb/node-bindings'))
      const load = () => {
        try {
          return beside(\`@duckdb/node-bindings-\${process.platform}-\${process.arch}/duckdb.node\`)
        } catch {
          return require('@duckdb/node-bindings')
        }
      }
      export default load()`,
    yaml: `
      import { createRequire } from 'node:module'
      export const { ${yamlNames.join(', ')} } = createRequire(import.meta.url)('../parts/yaml.cjs')`,
  }
  return {
    name: 'light-modules',
    resolveId: (name, importer) => (isLightened(name, importer) ? `\0${name}` : undefined),
    transform: (code, id) => {
      for (const [file, from, to] of replaced) {
        if (!id.endsWith(file)) continue
        if (!code.includes(from)) throw new Error(`${id} has no ${from} any more`)
        return { code: code.replace(from, to), map: null }
      }
      return undefined
    },
    load: (id) => (id.startsWith('\0') ? modules[id.slice(1)] : undefined),
  }
}

/**
 * Node's own modules without what an import does besides: it reads every member, and one of `node:fs` loads all streams.
 * Functions of those that not every command calls load them when they are called.
 */
function lateBuiltins() {
  const statement = /^import (?:\{ (?<names>[^}]*) \}|(?<whole>\w+)) from "(?<id>node:[\w/]+)";$/gm
  return {
    name: 'late-builtins',
    renderChunk: (code) => ({
      code: code.replaceAll(statement, (...match) => {
        const { names, whole, id } = match.at(-1)
        if (whole !== undefined) return `const ${whole} = ${builtin(id)};`
        const members = names.split(', ').map((one) => one.split(' as '))
        return `const ${members.map(([name, as = name]) => `${as} = ${memberOf(id, name)}`).join(', ')};`
      }),
      map: null,
    }),
  }
}

/** Node decodes a file with a single character beyond ASCII as a whole, and keeps it with two bytes for each: 3 % of a run with nothing to do. */
function escapeBeyondAscii(file) {
  const code = readFileSync(file, 'utf8')
  // There an escape would be six characters.
  if (/String\.raw`[^`]*[^\0-\x7f`]/.test(code)) throw new Error(`${file}: String.raw`)
  writeFileSync(file, code.replaceAll(/[^\0-\x7f]/g, escapeUnit))
}

function escapeUnit(unit) {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

function memberOf(id, name) {
  const isFunction = typeof process.getBuiltinModule(id)[name] === 'function' && /^[a-z]/.test(name)
  const member = `${builtin(id)}.${name}`
  if (!isFunction || !lateModules.has(id)) return member
  // Once: a request asks for an id, and `getBuiltinModule` looks through all that a module exports.
  return `((found) => (...list) => (found ??= ${member})(...list))()`
}

function builtin(id) {
  return `process.getBuiltinModule("${id}")`
}

function isLightened(name, importer = '') {
  if (name === 'node:child_process') return importer.includes('/node_modules/commander/')
  return name === 'node:util' || name === '@duckdb/node-bindings' || name === 'yaml'
}

/** Files with all that they import statically, and so on. */
function closureOf(files) {
  const found = new Set()
  const open = files.map((file) => join(compiled, file))
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (found.has(file)) continue
    found.add(file)
    for (const { type, specifier } of parse(readFileSync(file, 'utf8'))[0]) {
      const isStatic = type === 'static' || type === 'reexport-star'
      if (isStatic && specifier.startsWith('.')) open.push(resolve(dirname(file), specifier))
    }
  }
  if (found.size === files.length) throw new Error(`${files.join(' and ')} import nothing any more`)
  return found
}
