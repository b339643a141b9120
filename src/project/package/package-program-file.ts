/** Where the server of packages comes from. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ToolkitError } from '../../core/errors.ts'
import { readFolder } from './read-folder-file.ts'

/**
 * The files of the bundled server, by name: as the build left them, or bundled now when the toolkit runs from its
 * sources.
 *
 * @throws {ToolkitError} `FILE_MISSING` where there is neither a build nor a bundler
 */
export async function readServerProgram(): Promise<ReadonlyMap<string, Uint8Array | string>> {
  // As seen from the bundle of the build: dist/bundle/parts.
  const built = fileURLToPath(new URL('../package/', import.meta.url))
  if (existsSync(join(built, 'server.js'))) return readFolder(built)
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
