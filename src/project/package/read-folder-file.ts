import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The files in a folder and below, by their paths in it with slashes, in the order of these. */
export async function readFolder(folder: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => nameBelow(folder, join(entry.parentPath, entry.name)))
  return new Map(
    await Promise.all(
      names.sort().map(async (name) => [name, await readFile(join(folder, name))] as const),
    ),
  )
}

export function nameBelow(folder: string, path: string): string {
  return path.slice(join(folder, 'x').length - 1).replaceAll('\\', '/')
}
