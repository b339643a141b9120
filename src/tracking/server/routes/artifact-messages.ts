import type { ArtifactInfo } from '../../../core/tracking.ts'

/** MLflow's message about a file or folder. */
export function formatFile({ path, isFolder, sizeBytes }: ArtifactInfo): object {
  return isFolder ? { path, is_dir: true } : { path, is_dir: false, file_size: sizeBytes }
}
