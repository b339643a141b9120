/** What is done to both clones of a repository. */

/** One step: changes by hand, then a command of the tool. */
export interface Step {
  readonly title: string
  /** New texts; `undefined` takes a file away. */
  readonly files: ReadonlyMap<string, string | undefined>
  /** For the shell, in the root. */
  readonly script: string
  readonly command: Command | undefined
  /** Whether both tools get the other one's remote first. */
  readonly swapsStores: boolean
}

/** A step in which the tools do something. */
export interface CommandStep extends Step {
  readonly command: Command
}

/** A command, in the words of dvc; ours are the same but for some flags. */
export interface Command {
  /** Relative to the root. */
  readonly folder: string
  readonly args: readonly string[]
  /** Of a run, for us. */
  readonly jobs: number
}

/** The step as a person would do it. */
export function describeStep({ title, files, script, command, swapsStores }: Step): string {
  const lines = [
    title,
    ...Array.from(files, ([path, text]) =>
      text === undefined ? `  rm ${path}` : `  write ${path}: ${JSON.stringify(text)}`,
    ),
    ...(script === '' ? [] : [`  sh: ${script}`]),
    ...(swapsStores ? ['  swap the remotes'] : []),
  ]
  if (command !== undefined) {
    const where = command.folder === '' ? '' : ` in ${command.folder}`
    lines.push(`  dvc ${command.args.join(' ')}${where} (we: --jobs ${command.jobs})`)
  }
  return lines.join('\n')
}
