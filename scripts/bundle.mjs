/**
 * Joins what the compiler wrote into few files: half of a run that finds nothing to do would go into
 * finding and opening modules (bench/pipeline.ts). Library and program share the parts, so that an
 * error of one is an error to the other.
 */

import { cpSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { init, parse } from 'es-module-lexer'
import { rolldown } from 'rolldown'

const compiled = resolve('dist')
/** As deep as the files that look for the page beside them: dist/dashboard. */
const output = join(compiled, 'bundle')

// Parts carry a hash in their names: those of earlier builds would stay, and be packed.
rmSync(output, { recursive: true, force: true })

await init()
/** What is loaded by a run that finds nothing to do: one file more than by any command. */
const start = closureOf(['cli/commands/run.js', 'pipeline/run/run-pipeline.js'])
/** What every command loads, without the entry that waits for it. */
const base = closureOf(['cli/main.js', 'cli/terminal-text.js'])
base.delete(join(compiled, 'cli/main.js'))

const bundle = await rolldown({
  input: { index: join(compiled, 'index.js'), main: join(compiled, 'cli/main.js') },
  platform: 'node',
  // Other libraries stay where npm puts them. Every command needs commander; DuckDB's is a hundred small files
  // around its native part, which stays outside.
  external: (id) => !/^[./]|^commander$|^@duckdb\/node-api$/.test(id),
  onLog: (level, log, report) => {
    // Those that are in one file with what imports them are there already.
    if (log.code !== 'INEFFECTIVE_DYNAMIC_IMPORT') report(level, log)
  },
})
await bundle.write({
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
          id.includes('/node_modules/commander/') ||
          id.startsWith(join(compiled, 'core/')),
        priority: 1,
      },
      { name: 'start', test: (id) => start.has(id) },
    ],
  },
})
await bundle.close()
cpSync('node_modules/commander/LICENSE', join(output, 'LICENSE-commander'))
cpSync('node_modules/@duckdb/node-api/LICENSE', join(output, 'LICENSE-duckdb-node-api'))

/** Files with all that they import statically, and so on. */
function closureOf(files) {
  const found = new Set()
  const open = files.map((file) => join(compiled, file))
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (found.has(file)) continue
    found.add(file)
    for (const { n: path = '', d: dynamicAt } of parse(readFileSync(file, 'utf8'))[0]) {
      if (dynamicAt === -1 && path.startsWith('.')) open.push(resolve(dirname(file), path))
    }
  }
  return found
}
