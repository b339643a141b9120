import type { Repository } from '../../pipeline/repository/repository.ts'

/**
 * The repository of the current folder; a folder with a `dvc.yaml` is enough.
 *
 * @throws {ToolkitError} `REPOSITORY_MISSING`, `CONFIG_INVALID`
 */
export async function openCurrentRepository(): Promise<Repository> {
  const { openRepository } = await import('../../pipeline/repository/repository-file.ts')
  return openRepository(process.cwd(), { env: process.env, allowsNew: true })
}
