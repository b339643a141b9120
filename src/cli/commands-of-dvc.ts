/**
 * What to do instead of commands of DVC that `mlpt` does not have; reasons stand in
 * docs/differences-from-dvc.md.
 */
const instead: Readonly<Record<string, string>> = {
  artifacts: "models live in a registry: 'mlpt models'",
  cache: "set where the cache is with 'mlpt config cache.dir <path>'",
  'check-ignore': "ask dvc: 'dvc check-ignore' works in this repository",
  completion: 'there is none',
  destroy: 'remove the folder .dvc by hand: its cache may be the only copy of your data',
  du: "'mlpt data status --json' names what is tracked; sizes stand in dvc.lock and *.dvc",
  'experiments clean': 'nothing is left behind that it could clean',
  'experiments pull': "git fetch <remote> 'refs/exps/*:refs/exps/*'",
  'experiments push': "git push <remote> 'refs/exps/*'",
  'experiments save': "'mlpt exp run' without --set-param keeps the work tree as it is",
  get: "clone that repository and run 'mlpt pull' in it",
  'get-url': 'use curl, cp or aws s3 cp',
  import: "clone that repository and 'mlpt import-url' the file, or use dvc",
  'import-db': "use 'mlpt ingest'",
  install: "git hooks are yours; for conflicts in dvc.lock there is 'mlpt merge-lock --install'",
  list: "clone that repository and see 'git ls-files' and 'mlpt status'",
  'list-url': 'use ls or aws s3 ls',
  'plots modify': 'edit dvc.yaml',
  'plots templates': 'plots are drawn without Vega: there are no templates',
  queue: "'mlpt exp run --jobs' runs experiments side by side",
  'stage add': 'edit dvc.yaml',
  studio: "see 'mlpt dashboard'",
  version: "use 'mlpt --version'",
}

const aliases: Readonly<Record<string, string>> = {
  doctor: 'version',
  ls: 'list',
  'ls-url': 'list-url',
}

/** The commands that have a hint, each by its full name in dvc. */
export const commandsOfDvc: readonly string[] = Object.keys(instead)

/** A hint for who types a command of DVC that there is not. @param path - the words after `mlpt` */
export function hintForCommandOfDvc(path: string): string | undefined {
  const name = path.replace(/^exp /, 'experiments ')
  return instead[aliases[name] ?? name]
}
