import { createRequire } from 'node:module'

/** What the `yaml` package exports. */
type YamlPackage = typeof import('yaml')

const load = createRequire(import.meta.url)
let loaded: YamlPackage | undefined

/**
 * The `yaml` package, loaded when something has to be parsed: its sixty files take longer to
 * load than a run with nothing to do takes otherwise, and such a run parses nothing.
 */
export function loadYaml(): YamlPackage {
  // What the package's own types say of it.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  loaded ??= load('yaml') as YamlPackage
  return loaded
}
