/**
 * Joins the server of packages (`mlpt package`) into one file that needs nothing but Node: serving, the model's
 * evaluator and the libraries they use, without DuckDB, tracking and training.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

/** What asks npm's folders for Swagger UI; in a package its files lie beside the program. */
const assetCall = /import\.meta\.resolve\(`@fastify\/swagger-ui\/static\/\$\{name\}`\)/

/** Begins the program, or says why not: an older Node would print a page of it and a syntax error. */
const entry = `const [major] = process.versions.node.split('.')

if (Number(major) >= 24) {
  await import('./program.js')
} else {
  process.stderr.write(
    \`error CLI_USAGE: this server needs Node 24 or later, this is \${process.version}\\n  hint: put a newer node on the PATH\\n\`,
  )
  process.exitCode = 2
}
`

/**
 * @param folder - of the sources: `src`, or `dist` once they are compiled
 * @returns the files of the program by name, the same bytes each time
 */
export async function bundleServer(folder) {
  const extension = folder.endsWith('dist') ? 'js' : 'ts'
  const server = await bundle(join(folder, `cli/servers/packaged-server.${extension}`))
  const health = await bundle(join(folder, `cli/servers/packaged-health.${extension}`))
  return new Map([
    ['server.js', entry],
    ['program.js', server.code],
    ['health.js', health.code],
    ...swaggerFiles(),
    [
      'LICENSES.txt',
      collectLicenses(new Set([...server.packages, 'node_modules/swagger-ui-dist'])),
    ],
  ])
}

async function bundle(input) {
  let assetCalls = 0
  const built = await rolldown({
    input,
    platform: 'node',
    resolve: { conditionNames: ['node', 'import', 'default'] },
    plugins: [
      {
        name: 'assets-beside-the-program',
        transform: (code, id) => {
          if (!/\/swagger-assets-file\.[jt]s$/.test(id)) return undefined
          if (!assetCall.test(code)) throw new Error(`${id} asks for its files in another way now`)
          assetCalls++
          return {
            code: code.replace(assetCall, 'new URL(`swagger-ui/${name}`, import.meta.url)'),
            map: null,
          }
        },
      },
    ],
    onLog: (level, log, report) => {
      if (log.code !== 'INEFFECTIVE_DYNAMIC_IMPORT') report(level, log)
    },
  })
  const { output } = await built.generate({
    format: 'esm',
    codeSplitting: false,
    minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
    comments: false,
  })
  await built.close()
  const [{ code, modules }] = output
  const packages = Object.keys(modules)
    .map((id) => /^.*(node_modules\/(?:@[^/]+\/)?[^/]+)/.exec(id)?.[1])
    .filter((name) => name !== undefined)
  return { code, packages: new Set(packages), assetCalls }
}

function swaggerFiles() {
  const folder = dirname(
    fileURLToPath(import.meta.resolve('@fastify/swagger-ui/static/swagger-ui.css')),
  )
  return ['favicon-32x32.png', 'swagger-ui-bundle.js', 'swagger-ui.css'].map((name) => [
    `swagger-ui/${name}`,
    readFileSync(join(folder, name)),
  ])
}

/** The licences of the libraries that are inside want to be handed on. */
function collectLicenses(packages) {
  const root = fileURLToPath(new URL('..', import.meta.url))
  return [...packages]
    .sort()
    .map((path) => {
      const folder = join(
        root,
        path === 'node_modules/swagger-ui-dist' ? 'node_modules/@fastify/swagger-ui' : path,
      )
      const file = readdirSync(folder)
        .sort()
        .find((name) => /^licen[cs]e/i.test(name))
      const { name, version, license } = JSON.parse(
        readFileSync(join(folder, 'package.json'), 'utf8'),
      )
      const text =
        file === undefined ? `Licence: ${license}` : readFileSync(join(folder, file), 'utf8').trim()
      return `== ${name} ${version}\n\n${text}\n`
    })
    .join('\n')
}
