import { isNode, parseDocument } from 'yaml'

/** Replaces the hash that params.yaml pins and leaves everything else of the text as it is, comments included. */
export function pinHash(parameters: string, sha256: string): string {
  const node = parseDocument(parameters).getIn(['ingest', 'sha256'], true)
  if (!isNode(node) || !node.range) return parameters
  return parameters.slice(0, node.range[0]) + sha256 + parameters.slice(node.range[1])
}
