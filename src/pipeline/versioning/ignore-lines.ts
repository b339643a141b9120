import { dirname, join } from 'node:path'
import { ignoreOutput, unignoreOutput, type GitFolder } from '../repository/gitignore-file.ts'
import { readBytesNow } from '../repository/text-file.ts'

/** Keeps an output out of git; the `.gitignore` that this changed, or none. */
export async function hideFromGit(folder: GitFolder, location: string): Promise<string[]> {
  return changedBy(location, () => ignoreOutput(folder, location))
}

/** Takes the line for an output out again; the `.gitignore` that this changed, or none. */
export async function showToGit(folder: GitFolder, location: string): Promise<string[]> {
  return changedBy(location, () => unignoreOutput(folder, location))
}

async function changedBy(location: string, work: () => Promise<unknown>): Promise<string[]> {
  const path = join(dirname(location), '.gitignore')
  const before = readBytesNow(path)
  await work()
  const after = readBytesNow(path)
  const isSame = before === undefined ? after === undefined : after?.equals(before) === true
  return isSame ? [] : [path]
}
