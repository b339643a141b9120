import { relativePosix } from '../stages/posix-path.ts'

/** A path as a user sees it: from the folder the command works in, with forward slashes; the folder itself is '.'. */
export function showPath(location: string, directory: string): string {
  return relativePosix(directory, location) || '.'
}
