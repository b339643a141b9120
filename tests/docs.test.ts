/** The documents say what is: links lead somewhere, tables equal the code, commands exist. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { parse } from 'yaml'
import { parsePipeline } from '../src/pipeline/stages/parse-pipeline.ts'
import { errorKinds } from '../src/core/errors.ts'
import { packageVersion } from '../src/core/version.ts'
import { parseParameters } from '../src/project/parameters/parameters.ts'
import { ageMeasures } from '../src/monitoring/watch/alert-age.ts'
import { measureNames } from '../src/monitoring/watch/alert-condition.ts'
import { describeRolloutEvent, type RolloutEvent } from '../src/serving/rollout/rollout-event.ts'
import { mlptArguments } from './mlpt-program.ts'

const documents = globSync(['*.md', 'docs/**/*.md'])
/** The formatter pads the cells of tables; the tests do not want to know. */
const text = (path: string): string => readFileSync(path, 'utf8').replaceAll(/ +\|/g, ' |')

describe('documents', () => {
  test('there are some', () => assert.ok(documents.length > 10))

  for (const path of documents) {
    test(`${path}: every relative link leads to a file`, () => {
      for (const [, target] of text(path).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
        if (/^https?:/.test(target!)) continue
        assert.ok(existsSync(join(dirname(path), target!)), `${target} is not there`)
      }
    })

    test(`${path}: every make target and mlpt command exists`, () => {
      for (const [, target] of text(path).matchAll(/`(?:[A-Z_]+=\S+ )?make ([a-z-]+)`/g)) {
        assert.ok(makeTargets.includes(target!), `make ${target}`)
      }
      for (const [, command] of text(path).matchAll(/`(?:npx )?mlpt ([a-z][a-z-]*)\b/g)) {
        assert.ok(commands.includes(command!), `mlpt ${command}`)
      }
    })
  }
})

const makeTargets = [...text('Makefile').matchAll(/^([a-z-]+):/gm)].map((match) => match[1]!)
const commands = [
  ...execFileSync(process.execPath, [...mlptArguments, '--help'], {
    encoding: 'utf8',
  }).matchAll(/^ {2}([a-z-]+)(?:\|([a-z-]+))?[ [<]/gm),
].flatMap((match) => [match[1]!, match[2] ?? match[1]!])

test('docs/errors.md has every code with its exit code and status, and no other', () => {
  const rows = [
    ...text('docs/errors.md').matchAll(/^\| `([A-Z_]+)` \| (\d+) \| (\d+) \| (.+) \|$/gm),
  ]
  assert.deepEqual(
    Object.fromEntries(
      rows.map(([, code, exit, status]) => [code, [Number(exit), Number(status)]]),
    ),
    Object.fromEntries(
      Object.entries(errorKinds).map(([code, kind]) => [code, [kind.exitCode, kind.httpStatus]]),
    ),
  )
})

test('docs/pipeline.md has every parameter of params.yaml, with ranges the parser holds', () => {
  const rows = [
    ...text('docs/pipeline.md').matchAll(/^\| `([a-z0-9_.]+)` \| (\w+) \| ([^|]+) \|/gm),
  ]
  // What is tuned, docs/tuning.md says, and what is watched, docs/monitoring.md.
  const names = leavesOf(parse(text('params.yaml'))).filter(
    (name) => !/^(?:tune|monitor)\./.test(name),
  )
  // What may be absent, this project may leave out.
  const isOptional = ([, name, , range]: RegExpMatchArray): boolean =>
    range!.includes('or absent') && !names.includes(name!)
  assert.deepEqual(
    rows
      .filter((row) => !isOptional(row))
      .map((row) => row[1])
      .sort(),
    names.sort(),
  )
  for (const [, name, type, range] of rows) {
    const bounds = /^(\S+) to (\S+)$/.exec(range!.replace(', or absent', '').trim())
    if (type === 'text' || type === 'choice' || bounds === null) continue
    for (const value of [bounds[1]!, bounds[2]!]) parseParameters(withValue(name!, value), 'p')
    const beyond = String(Number(bounds[2]) + 1)
    assert.throws(() => parseParameters(withValue(name!, beyond), 'p'), { code: 'CONFIG_INVALID' })
  }
})

test('the YAML of docs/engine.md is a pipeline', () => {
  const blocks = [...text('docs/engine.md').matchAll(/```yaml\n([^]*?)```/g)].map(
    (match) => match[1]!,
  )
  assert.ok(blocks.length > 0)
  for (const block of blocks) {
    const files = [{ path: 'dvc.yaml', text: block }]
    const readText = (): undefined => undefined
    const { stages } = parsePipeline({ root: '/r', directory: '/r', files, readText })
    assert.ok(stages.some(({ settings }) => settings.retries.limit === 3))
  }
})

test('docs/pipeline.md names every stage’s command as dvc.yaml has it', () => {
  const { stages } = parse(text('dvc.yaml')) as { stages: Record<string, { cmd: string }> }
  for (const [name, { cmd }] of Object.entries(stages)) {
    const shown = cmd.replace('${item.model}', 'MODEL')
    assert.match(text('docs/pipeline.md'), new RegExp(`\\| ${name} \\| \`${shown}\` \\|`))
  }
})

test('every mlpt command that a message of ours names exists', () => {
  const named = globSync('src/**/*.ts').flatMap((path) =>
    [...text(path).matchAll(/['`]mlpt ([a-z][a-z-]*)/g)].map((match) => match[1]!),
  )
  assert.ok(named.length > 3)
  for (const command of named) assert.ok(commands.includes(command), `mlpt ${command}`)
})

test('the version of the code is that of package.json', () => {
  const { version } = JSON.parse(text('package.json')) as { version: string }
  assert.equal(packageVersion, version)
})

test('every source a doc comment cites stands in docs/references.md', () => {
  const references = text('docs/references.md')
  const cited = globSync('src/**/*.ts').flatMap((path) =>
    [...text(path).matchAll(/\[([A-Z][A-Za-z'& ]+ \d{4}[^\]]*)\]/g)].flatMap((match) =>
      match[1]!.split(/,(?! [§\d])/),
    ),
  )
  assert.ok(cited.length > 3)
  for (const key of cited.map((source) => source.trim().replace(/,.*/, ''))) {
    assert.ok(references.includes(`[${key}]`), `${key} is not in docs/references.md`)
  }
})

test('the table in README.md is what the committed metrics say', () => {
  for (const kind of ['logistic', 'boosting']) {
    const metrics = JSON.parse(text(`metrics/${kind}.json`)) as Record<string, number>
    const cells = ['roc_auc', 'log_loss', 'brier_score'].map((name) => {
      const digits = (key: string): string => metrics[key]!.toFixed(4)
      return `${digits(name)} [${digits(`${name}_lower`)}, ${digits(`${name}_upper`)}]`
    })
    assert.ok(text('README.md').includes(`${kind}   ${cells.join('   ')}`), kind)
  }
})

test('CHANGELOG.md begins with the version of package.json', () => {
  const { version } = JSON.parse(text('package.json')) as { version: string }
  assert.equal(/^## (\S+)/m.exec(text('CHANGELOG.md'))?.[1], version)
})

test('the workflows are YAML, with jobs that check out the code and call what exists', () => {
  for (const path of globSync('.github/workflows/*.yml')) {
    const { jobs } = parse(text(path)) as {
      jobs: Record<string, { steps: { run?: string; uses?: string }[] }>
    }
    for (const { steps } of Object.values(jobs)) {
      assert.match(steps[0]?.uses ?? '', /^actions\/checkout@/)
      const scripts = steps.map((step) => step.run ?? '').join('\n')
      for (const [, target] of scripts.matchAll(/^make ([a-z-]+)$/gm)) {
        assert.ok(makeTargets.includes(target!), `${path}: make ${target}`)
      }
      assert.match(scripts, /make all|\.ci\/run/)
    }
  }
})

test('docker-compose.yml starts commands that parse, on ports of this machine only', () => {
  const { services } = parse(text('docker-compose.yml')) as {
    services: Record<string, { command: string[]; ports: string[] }>
  }
  for (const { command, ports } of Object.values(services)) {
    assert.ok(commands.includes(command[0]!))
    const known = execFileSync(process.execPath, [...mlptArguments, command[0]!, '--help'], {
      encoding: 'utf8',
    })
    for (const flag of command.filter((word) => word.startsWith('--'))) {
      assert.ok(known.includes(`${flag} `), flag)
    }
    for (const port of ports) assert.match(port, /^127\.0\.0\.1:/)
  }
})

test('every file that Dockerfile copies is there, and no host of a registry is named', () => {
  for (const [, files] of text('Dockerfile').matchAll(/^COPY (?!--from)(.+) \S+$/gm)) {
    for (const file of files!.split(' ')) assert.ok(existsSync(file), file)
  }
  assert.doesNotMatch(text('package-lock.json'), /"resolved": "https?:/)
})

function leavesOf(value: unknown, path: readonly string[] = []): string[] {
  // The names below it are the columns of a project.
  const isLeaf = path.join('.') === 'evaluate.slices'
  if (typeof value !== 'object' || value === null || isLeaf) return [path.join('.')]
  return Object.entries(value).flatMap(([name, child]) => leavesOf(child, [...path, name]))
}

/** The text of params.yaml with one value replaced. */
function withValue(name: string, value: string): string {
  const parameters = parse(text('params.yaml')) as Record<string, unknown>
  const keys = name.split('.')
  let section = parameters
  for (const key of keys.slice(0, -1)) section = (section[key] ??= {}) as Record<string, unknown>
  section[keys.at(-1)!] = Number(value)
  return JSON.stringify(parameters)
}

describe('docs/runbook.md', () => {
  const page = text('docs/runbook.md')

  test('has what every rule of an alert may ask for', () => {
    for (const name of [...measureNames, ...ageMeasures, 'no_predictions_for'])
      assert.match(page, new RegExp(`^\\|.*\`${name}\`.* \\| \\S`, 'm'), name)
  })

  test('has every line that a server says of its models', () => {
    const model = { name: 'NAME', version: '3', digest: '' }
    const error = new Error('why')
    const events: readonly RolloutEvent[] = [
      { kind: 'swapped', arm: 'champion', model: { ...model, version: '2' }, before: model },
      { kind: 'refused', arm: 'champion', version: '3', error },
      { kind: 'rolled-back', model, cause: 'errors', reason: 'why' },
      { kind: 'emptied', arm: 'canary', model, reason: 'why' },
      { kind: 'shadow-failed', model, error },
      { kind: 'registry-away', arm: 'champion', error },
      { kind: 'alias-missing', arm: 'champion' },
    ]
    for (const event of events) {
      const line = describeRolloutEvent(event)
      const told = page.split('\n').flatMap((row) => /^\| `(.+?)` \|/.exec(row)?.[1] ?? [])
      assert.ok(
        told.some((row) => line.startsWith(row.replace(/ ?….*$/, ''))),
        line,
      )
    }
  })

  test('names no metric that a server does not have', () => {
    const known = ['serving-operations', 'prediction-log'].map((name) => text(`docs/${name}.md`))
    for (const [, name] of page.matchAll(/`(mlpt_\w+)/g))
      assert.ok(
        known.some((one) => one.includes(`| \`${name}\``)),
        name,
      )
  })
})
