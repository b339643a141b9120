import { join } from 'node:path'
import { dateOfFolder, modelLogFolder, parseLogKey, type LogFileName } from './log-folder.ts'
import { namesIn } from './settle-spools-store.ts'

/** The Parquet files of a model's log, in the order of their names. What servers still write is in none of them. */
export async function listLogFiles(root: string, model: string): Promise<readonly LogFileName[]> {
  const files: LogFileName[] = []
  for (const kind of ['feedback', 'predictions']) {
    const folder = `${modelLogFolder('', model)}/${kind}`
    for (const day of (await namesIn(join(root, folder))).toSorted()) {
      if (dateOfFolder(day) === undefined) continue
      const names = await namesIn(join(root, folder, day))
      const parsed = names.toSorted().map((name) => parseLogKey(`${folder}/${day}/${name}`))
      files.push(...parsed.filter((file) => file !== undefined))
    }
  }
  return files
}
