/** Parameter files of stages. */

import { relative } from 'node:path'
import { parseParameterFile } from '../parameters/parameter-values.ts'
import { createProblems } from '../yaml/problems.ts'
import type { YamlMap } from '../yaml/yaml-value.ts'
import { createYamlParser } from './parsed-yaml-store.ts'
import { readTextNow } from './text-file.ts'

/** Reads each parameter file once, until it is told to forget. */
export interface ParameterFiles {
  /** The values in a file; `undefined` when there is none. @throws {ToolkitError} `PIPELINE_INVALID` */
  read(location: string): YamlMap | undefined
}

/** What is needed of a repository. */
export interface ParameterHome {
  /** Absolute folder from which places in messages are named. */
  readonly directory: string
  readonly stateFolder: string
}

/** Opens them; nothing is read yet. */
export function openParameterFiles({ directory, stateFolder }: ParameterHome): ParameterFiles {
  const parseYaml = createYamlParser(stateFolder)
  const known = new Map<string, { readonly text: string; readonly values: YamlMap | undefined }>()
  return {
    read: (location) => {
      const name = relative(directory, location)
      const text = readTextNow(location, name)
      if (text === undefined) return undefined
      const last = known.get(location)
      if (last?.text === text) return last.values
      const problems = createProblems()
      const values = parseParameterFile(text, name, problems, { parseYaml })
      problems.check()
      known.set(location, { text, values })
      return values
    },
  }
}
