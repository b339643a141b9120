/** What `.dvcignore` files say. */

/** Decides which paths DVC does not see. */
export interface IgnoreRules {
  /** @param location - absolute; outside of the repository nothing is ignored */
  isIgnored(location: string, isFolder: boolean): boolean
}

/** Rules of a repository without any `.dvcignore`. */
export const ignoreNothing: IgnoreRules = { isIgnored: () => false }
