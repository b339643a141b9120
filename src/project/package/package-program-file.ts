/** Where the server of packages comes from. */

import { readdir, readFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ToolkitError } from '../../core/errors.ts'

/**
 * The files of the bundled server, by name: as the build left them, or bundled now when the toolkit runs from its
 * sources.
 *
 * @throws {ToolkitError} `FILE_MISSING` where there is neither a build nor a bundler
 */
export async function readServerProgram(): Promise<ReadonlyMap<string, Uint8Array | string>> {
  // As seen from the bundle of the build: dist/bundle/parts.
  const built = fileURLToPath(new URL('../package/', import.meta.url))
  if (existsSync(join(built, 'server.js'))) return readBuilt(built)
  const script = new URL('../../../scripts/bundle-server.mjs', import.meta.url)
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own script says so
    const { bundleServer } = (await import(script.href)) as {
      bundleServer: (folder: string) => Promise<ReadonlyMap<string, Uint8Array | string>>
    }
    return await bundleServer(
      fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, ''),
    )
  } catch (cause) {
    throw new ToolkitError('FILE_MISSING', 'the bundled server is not there', {
      hint: "run 'npm ci && npm run build' in the toolkit's repository",
      cause,
    })
  }
}

async function readBuilt(folder: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length).replaceAll('\\', '/'))
  return new Map(
    await Promise.all(
      paths.sort().map(async (path) => [path, await readFile(join(folder, path))] as const),
    ),
  )
}
