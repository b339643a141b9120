import { createRequire } from 'node:module'

/** What the `smol-toml` package exports. */
type TomlPackage = typeof import('smol-toml')

const load = createRequire(import.meta.url)
let loaded: TomlPackage | undefined

/** The `smol-toml` package, loaded when there is TOML to parse. */
export function loadToml(): TomlPackage {
  // What the package's own types say of it.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  loaded ??= load('smol-toml') as TomlPackage
  return loaded
}
