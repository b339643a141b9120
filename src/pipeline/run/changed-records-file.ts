/** Which of the files that git keeps a run has written: `dvc.lock`, `*.dvc`, `.gitignore`. */

import { identityOf } from '../repository/text-file.ts'

/** Looks at files now; the function gives those that are not as they were. */
export function watchRecords(paths: readonly string[]): () => string[] {
  const before = new Map(paths.map((path) => [path, identityOf(path)] as const))
  return () => [...before].filter(([path, then]) => identityOf(path) !== then).map(([path]) => path)
}
