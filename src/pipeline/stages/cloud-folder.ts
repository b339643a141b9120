import { hashManifest, sortPaths } from '../cache/manifest.ts'
import { toYamlValue, type YamlNode } from '../yaml/yaml-node.ts'
import { isYamlList, isYamlMap } from '../yaml/yaml-value.ts'

/**
 * What a folder held, from the list `files` that DVC writes in the place of its hash after a push
 * to a remote with `version_aware` or `worktree`; `undefined` when a file in it has no MD5.
 */
export function readCloudFolder(
  files: YamlNode | undefined,
): { readonly md5: string; readonly sizeBytes: number; readonly fileCount: number } | undefined {
  const list = files && toYamlValue(files)
  if (!isYamlList(list)) return undefined
  const hashes = new Map<string, string>()
  let sizeBytes = 0
  for (const file of list) {
    const path = isYamlMap(file) ? file.get('relpath') : undefined
    const md5 = isYamlMap(file) ? file.get('md5') : undefined
    const size = isYamlMap(file) ? file.get('size') : undefined
    if (typeof path !== 'string' || typeof md5 !== 'string') return undefined
    hashes.set(path, md5)
    sizeBytes += typeof size === 'bigint' ? Number(size) : 0
  }
  const members = sortPaths([...hashes.keys()]).map((path) => ({ path, md5: hashes.get(path)! }))
  return { md5: hashManifest(members), sizeBytes, fileCount: members.length }
}
