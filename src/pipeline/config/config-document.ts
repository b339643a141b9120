/** A config file as sections of options that know their places and the comments around them. */

import type { Place } from '../yaml/problems.ts'

/** The text of an option; several when it is written as `a, b`. */
export type ConfigValue = string | readonly string[]

/** One line `name = value`. */
export interface ConfigOption {
  /** In lower case. */
  readonly name: string
  readonly value: ConfigValue
  readonly place: Place
  /** Whole-line comments above it, each with its `#`. */
  readonly comments: readonly string[]
  /** The comment on its own line, with its `#`; empty when there is none. */
  readonly note: string
}

/** A section with its options. */
export interface ConfigSection {
  /** The kind of thing that has a name of its own: `['remote "store"']` is group `remote`, name `store`. */
  readonly group: ConfigGroup | undefined
  /** In lower case. */
  readonly name: string
  readonly options: readonly ConfigOption[]
  readonly place: Place
  readonly comments: readonly string[]
  readonly note: string
  /** Comments below its last option. */
  readonly closing: readonly string[]
}

/** Sections that come several times, each with a name. */
export type ConfigGroup = 'remote' | 'machine' | 'db'

/** The groups, in the order in which DVC writes them. */
export const configGroups: readonly ConfigGroup[] = ['remote', 'machine', 'db']

/** A parsed config file. */
export interface ConfigDocument {
  /** Comments that open the file, parted from its first section by an empty line. */
  readonly opening: readonly string[]
  readonly sections: readonly ConfigSection[]
  /** Comments at the end of the file. */
  readonly closing: readonly string[]
}

/** What a file that is not there says. */
export const emptyConfigDocument: ConfigDocument = { opening: [], sections: [], closing: [] }

/** The address of an option: `core.remote`, or `remote.store.url` with a group. */
export interface OptionName {
  readonly group: ConfigGroup | undefined
  readonly section: string
  readonly option: string
}

/** A name as one types it: `remote.store.url`. */
export function formatOptionName({ group, section, option }: OptionName): string {
  return group === undefined ? `${section}.${option}` : `${group}.${section}.${option}`
}

/** Whether a section is the one of a group and name. */
export function isSection(
  { group, name }: Pick<ConfigSection, 'group' | 'name'>,
  wanted: Pick<ConfigSection, 'group' | 'name'>,
): boolean {
  return group === wanted.group && name === wanted.name
}
