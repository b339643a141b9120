/** DVC's settings: `.dvc/config` and the other levels, merged. */

/** Values by option by section, as text; section `core`, option `remote`. */
export interface Config {
  /** Names in lower case. */
  readonly sections: ReadonlyMap<string, ReadonlyMap<string, string>>
  /** Options of each remote by its name; relative paths are already resolved against the file that has them. */
  readonly remotes: ReadonlyMap<string, ReadonlyMap<string, string>>
}
