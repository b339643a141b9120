import { Help, type Command, type Option } from 'commander'

/** What to type, by command; each stands at the end of its help. */
export const commandExamples: Readonly<Record<string, readonly string[]>> = {
  new: ['mlpt new loans.csv --target late'],
  ingest: ['mlpt ingest', 'mlpt ingest --mirror ~/downloads'],
  validate: ['mlpt validate', 'mlpt validate new.csv --suite expectations/loans.json'],
  check: ['mlpt check loans.csv --target late --key id'],
  profile: ['mlpt profile loans.csv --html profile.html'],
  'suite diff': ['mlpt suite diff old.json new.json'],
  'suite upgrade': ['mlpt suite upgrade old.json --output new.json'],
  'suite infer': ['mlpt suite infer loans.csv --output expectations/loans.json'],
  'features build': ['mlpt features build'],
  'features list': ['mlpt features list'],
  'features append': ['mlpt features append statements october.csv'],
  'features compact': ['mlpt features compact statements'],
  'features join': ['mlpt features join asked.csv --timestamp day --output joined.parquet'],
  'features materialize': ['mlpt features materialize statements'],
  'features get': ['mlpt features get statements ID=5'],
  train: ['mlpt train boosting'],
  tune: ['mlpt tune boosting --jobs 2 --apply'],
  evaluate: ['mlpt evaluate boosting', 'mlpt evaluate boosting --json'],
  promote: [
    'mlpt promote',
    'mlpt promote --json',
    "mlpt promote --override 'the data before was wrong'",
  ],
  run: ['mlpt run', 'mlpt run train@boosting --jobs 2'],
  status: ['mlpt status'],
  dag: ['mlpt dag --mermaid', 'mlpt dag --json'],
  why: ['mlpt why evaluate@boosting'],
  root: ['mlpt root'],
  'stage list': ['mlpt stage list'],
  'metrics show': ['mlpt metrics show'],
  'metrics diff': ['mlpt metrics diff main'],
  'params diff': ['mlpt params diff HEAD~1'],
  'plots show': ['mlpt plots show --out plots.html'],
  'plots diff': ['mlpt plots diff main --out plots.html'],
  diff: ['mlpt diff HEAD~1'],
  'data status': ['mlpt data status --granular'],
  deps: ['mlpt deps --fix'],
  history: ['mlpt history', 'mlpt history 12'],
  'merge-lock': ['mlpt merge-lock --install'],
  watch: ["mlpt watch --cron '0 4 * * 1'"],
  'exp run': ['mlpt exp run --set-param train.boosting.learning_rate=0.02,0.05'],
  'exp show': ['mlpt exp show --sort-by roc_auc --sort-order desc'],
  'exp diff': ['mlpt exp diff main fair-elm'],
  'exp list': ['mlpt exp list'],
  'exp apply': ['mlpt exp apply fair-elm'],
  'exp branch': ['mlpt exp branch fair-elm smaller-steps'],
  'exp remove': ['mlpt exp remove fair-elm'],
  'exp rename': ['mlpt exp rename fair-elm smaller-steps'],
  init: ['mlpt init', 'mlpt init --no-scm'],
  add: ['mlpt add data/loans.csv'],
  commit: ['mlpt commit train@boosting'],
  checkout: ['mlpt checkout'],
  remove: ['mlpt remove data/loans.csv.dvc'],
  move: ['mlpt move data/loans.csv data/loans-2025.csv'],
  'import-url': ['mlpt import-url https://example.com/loans.csv data/loans.csv'],
  update: ['mlpt update data/loans.csv.dvc'],
  freeze: ['mlpt freeze ingest'],
  unfreeze: ['mlpt unfreeze ingest'],
  unprotect: ['mlpt unprotect data/loans.csv'],
  push: ['mlpt push'],
  fetch: ['mlpt fetch train@boosting'],
  pull: ['mlpt pull'],
  gc: ['mlpt gc --workspace --dry'],
  'remote add': ['mlpt remote add --default store s3://bucket/path'],
  'remote list': ['mlpt remote list'],
  'remote modify': ['mlpt remote modify store endpointurl https://minio.example.com'],
  'remote remove': ['mlpt remote remove store'],
  'remote default': ['mlpt remote default store'],
  'remote rename': ['mlpt remote rename store archive'],
  config: ['mlpt config cache.type hardlink,copy', 'mlpt config --list'],
  report: ['mlpt report'],
  'runs list': ["mlpt runs list --filter 'metrics.roc_auc > 0.78'"],
  'runs show': ['mlpt runs show 3f2a9c'],
  'runs compare': ['mlpt runs compare 3f2a9c 81bd04'],
  'runs export': ['mlpt runs export --format csv --out runs.csv'],
  'runs end': ['mlpt runs end 3f2a9c --status FAILED'],
  'runs delete': ['mlpt runs delete 3f2a9c'],
  'runs restore': ['mlpt runs restore 3f2a9c'],
  'runs gc': ['mlpt runs gc --older-than 30d --dry-run'],
  'models list': ['mlpt models list'],
  'models show': ['mlpt models show credit_default 2'],
  'models card': ['mlpt models card credit_default --output card.html'],
  'models promote': ["mlpt models promote credit_default 2 --reason 'fewer false alarms'"],
  'models rollback': ["mlpt models rollback credit_default --reason 'scores moved'"],
  'models diff': ['mlpt models diff credit_default 1 2'],
  'tracking copy': ['mlpt tracking copy http://127.0.0.1:5001 .mlpt --dry-run'],
  'tracking import': ['mlpt tracking import ./mlruns --to .mlpt'],
  serve: ['mlpt serve', 'mlpt serve models:/credit_default@champion --prediction-log --workers 2'],
  predict: ['mlpt predict clients.csv --key ID --output scored.parquet'],
  package: ['mlpt package --output served'],
  'predictions list': ['mlpt predictions list'],
  'predictions settle': ['mlpt predictions settle'],
  'predictions push': ['mlpt predictions push --remote /mnt/logs'],
  'predictions pull': ['mlpt predictions pull --remote s3://team/logs --since 90d'],
  'predictions prune': ['mlpt predictions prune --before 2025-01-01'],
  feedback: ['mlpt feedback labels.csv'],
  trace: ['mlpt trace 01a229b4-3f09-747c-8474-0d0cf3d8061b'],
  'client generate': ['mlpt client generate --output client.ts'],
  'token create': ['mlpt token create ci --role write'],
  'token list': ['mlpt token list'],
  'token revoke': ['mlpt token revoke ci'],
  server: [
    'mlpt server',
    'mlpt server --host 0.0.0.0 --allow-host tracking.example.com --require-token',
  ],
  drift: ['mlpt drift old.parquet new.parquet --html drift.html'],
  monitor: ['mlpt monitor', "mlpt monitor --watch '0 3 * * *'"],
  demo: ['mlpt demo demo --rows 5000'],
}

/** Puts the examples at the end of each command's help, and takes from it what says nothing. */
export function addExamples(program: Command): void {
  for (const { command, name } of listCommands(program)) {
    command.configureHelp({ optionDescription: describeOption })
    const examples = commandExamples[name]
    if (examples === undefined) continue
    const heading = examples.length === 1 ? 'Example' : 'Examples'
    command.addHelpText('after', `\n${heading}:\n${examples.map((text) => `  ${text}`).join('\n')}`)
  }
}

/** Without the empty list or record with which a repeatable option begins: `(default: [])`. */
function describeOption(option: Option): string {
  const start: unknown = option.defaultValue
  const isEmpty = typeof start === 'object' && start !== null && Object.keys(start).length === 0
  const told: Option = isEmpty ? Object.create(option, { defaultValue: {} }) : option
  return new Help().optionDescription(told)
}

/** The commands that do something, each with all words of its name. */
export function listCommands(
  { commands }: Command,
  above: readonly string[] = [],
): readonly { readonly command: Command; readonly name: string }[] {
  return commands.flatMap((command) => {
    const words = [...above, command.name()]
    return command.commands.length > 0
      ? listCommands(command, words)
      : [{ command, name: words.join(' ') }]
  })
}
