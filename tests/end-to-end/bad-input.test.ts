import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { makeScratchFolder } from '../scratch-folder.ts'
import { createFinishedWorkspace, hashOutputs, mlpt, type Workspace } from './workspace.ts'

/** One workspace that has run once; each test breaks one thing, and everything must be as it was after it. */
let workspace: Workspace
let outputs: Record<string, string>

before(() => {
  workspace = createFinishedWorkspace()
  outputs = hashOutputs(workspace.directory)
})
after(() => workspace[Symbol.dispose]())

describe('bad input to the pipeline', () => {
  test('another CSV than the pinned one: both hashes, exit 1, the old data stays', () => {
    using _csv = edit('generated/credit_default.csv', (text) => text.replace('\n1,', '\n999999,'))
    assertRefused(
      run('--force'),
      1,
      /DATA_HASH_MISMATCH: .*credit_default\.csv has the content [0-9a-f]{64}/,
    )
  })

  test('text in a number: file, line and value, exit 1', () => {
    using _csv = edit('generated/credit_default.csv', (text) => text.replace('\n5,', '\nfive,'))
    assertRefused(
      run('--force'),
      1,
      /DATA_CELL_INVALID: .*\n.*credit_default\.csv:6: 'ID' is 'five', expected an integer of at least 1/,
    )
  })

  test('a missing column: its name, exit 1', () => {
    using _csv = edit('generated/credit_default.csv', (text) => text.replace(',AGE,', ',AGED,'))
    assertRefused(run('--force'), 1, /DATA_COLUMN_MISSING: .*'AGE'(.|\n)*did you mean 'AGED'\?/)
  })

  for (const [name, content, message] of [
    ['an empty file', '', /DATA_FILE_INVALID: .* is an empty file/],
    ['an HTML page', '<!doctype html>', /DATA_FILE_INVALID: .* is an HTML page/],
    ['a file cut in a row', 'ID,LIMIT_BAL\n1,2\n3', /DATA_(FILE_INVALID|COLUMN_MISSING)/],
  ] as const) {
    test(`${name} for the data: named as what it is, exit 1`, () => {
      using _csv = edit('generated/credit_default.csv', () => content)
      assertRefused(run('--force'), 1, message)
    })
  }

  test('no data anywhere: every source with its reason, and make demo as the way out', () => {
    const environment = { ...workspace.environment, MLPT_DATA_MIRROR: '/nonexistent' }
    using _project = edit('project.ts', (text) =>
      text.replaceAll(/https:\/\/(archive|raw)[^']*/g, 'http://127.0.0.1:1/x'),
    )
    assertRefused(
      mlpt(workspace.directory, ['run', 'ingest'], environment),
      1,
      /DATA_SOURCE_UNAVAILABLE(.|\n)*nonexistent(.|\n)*127\.0\.0\.1:1(.|\n)*make demo/,
    )
  })

  test('an unknown key in params.yaml: its line and what was meant, exit 2, before anything runs', () => {
    using _params = edit('params.yaml', (text) => text.replace('learning_rate', 'learning_rat'))
    const outcome = run()
    assertRefused(
      outcome,
      2,
      /CONFIG_INVALID(.|\n)*params\.yaml:\d+: .*did you mean 'learning_rate'\?/,
    )
    assert.doesNotMatch(outcome.stderr, /▶/)
  })

  test('a feature that is no column: the nearest one, exit 2', () => {
    using _project = edit('project.ts', (text) =>
      text.replace("    AGE: 'standardize'", "    AGEE: 'standardize'"),
    )
    assertRefused(run(), 2, /there is no column 'AGEE'(.|\n)*did you mean 'AGE'\?/)
  })

  test('a critical expectation that fails: exit 3, the report says which, nothing downstream runs', () => {
    using suite = edit('expectations/credit_default.json', (text) =>
      text
        .replace('"name": "credit_default"', '"name": "credit_default "')
        .replace(/"max_value": 100\b/, '"max_value": 30'),
    )
    const outcome = run()
    assert.equal(outcome.status, 3, outcome.stderr)
    assert.match(outcome.stderr, /critical: expectations\[\d+\] 'AGE' must be from 18 to 30:/)
    assert.match(outcome.stderr, /DATA_CHECK_FAILED/)
    const report = readFileSync(join(workspace.directory, 'reports/validation.json'), 'utf8')
    assert.match(report, /"highest_failing_severity": "critical"/)
    const page = readFileSync(join(workspace.directory, 'reports/validation.html'), 'utf8')
    assert.match(page, /Failed: 1 critical expectation does not hold[^]*class="beyond"/)
    // It is in git, where rows of the data have no place.
    assert.doesNotMatch(page, /Rows that fail/)
    suite[Symbol.dispose]()
    assert.equal(run().status, 0)
    assertUntouched()
  })

  test('an output folder that is a file: the path and the cause, exit 1', () => {
    const plots = join(workspace.directory, 'plots')
    const aside = join(workspace.directory, 'plots-aside')
    renameSync(plots, aside)
    writeFileSync(plots, '')
    const outcome = run()
    assert.equal(outcome.status, 1, outcome.stderr)
    assert.match(outcome.stderr, /FILE_(WRITE|READ)_FAILED[^]*plots/)
    rmSync(plots)
    renameSync(aside, plots)
    assert.equal(run().status, 0)
    assertUntouched()
  })
})

describe('a disk that is full or read-only', { skip: mountProblem() }, () => {
  test('full: ENOSPC with the path, exit 1; with space again the run goes on to the same result', () => {
    withMount(['-o', 'size=40k'], () => {
      const outcome = run('--force')
      assert.equal(outcome.status, 1, outcome.stderr)
      assert.match(
        outcome.stderr,
        /FILE_WRITE_FAILED: cannot write '.*raw.*': ENOSPC|No space left/,
      )
      assert.match(outcome.stderr, /free space/)
    })
    assert.equal(run().status, 0)
    assertUntouched()
  })

  test('read-only: EROFS with the path, exit 1; writable again the run goes on to the same result', () => {
    withMount(['-o', 'ro'], () => {
      const outcome = run('--force')
      assert.equal(outcome.status, 1, outcome.stderr)
      assert.match(outcome.stderr, /EROFS|Read-only file system/)
    })
    assert.equal(run().status, 0)
    assertUntouched()
  })
})

function run(...flags: readonly string[]): ReturnType<typeof mlpt> {
  return mlpt(workspace.directory, ['run', ...flags], workspace.environment)
}

function assertRefused(outcome: ReturnType<typeof mlpt>, status: number, message: RegExp): void {
  assert.equal(outcome.status, status, outcome.stderr)
  assert.match(outcome.stderr, message)
  assert.match(outcome.stderr, /hint: /)
  assertUntouched()
}

function assertUntouched(): void {
  assert.deepEqual(hashOutputs(workspace.directory), outputs)
}

function edit(name: string, change: (text: string) => string): Disposable {
  const path = join(workspace.directory, name)
  const original = readFileSync(path, 'utf8')
  const changed = change(original)
  assert.notEqual(changed, original, `${name} was not changed`)
  writeFileSync(path, changed)
  return { [Symbol.dispose]: () => writeFileSync(path, original) }
}

/** Puts a small file system over data/raw for the time of a call. */
function withMount(options: readonly string[], act: () => void): void {
  const target = join(workspace.directory, 'data', 'raw')
  execFileSync('mount', ['-t', 'tmpfs', ...options, 'tmpfs', target])
  try {
    act()
  } finally {
    execFileSync('umount', [target])
  }
}

/** Mounting needs root and a kernel that lets it. */
function mountProblem(): string | false {
  const target = makeScratchFolder()
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', target], { stdio: 'ignore' })
    execFileSync('umount', [target], { stdio: 'ignore' })
    return false
  } catch {
    return 'skipped: this user cannot mount a small file system'
  }
}
