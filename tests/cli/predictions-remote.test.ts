import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { test } from 'node:test'
import { scored } from '../monitoring/prediction-log/scored.ts'
import { filesOf, noon, write } from '../monitoring/prediction-log/use-log.ts'
import { makeFolder, mlpt, type Answer, type Folder } from '../pipeline/folder.ts'

const day = 'loans/predictions/date=2026-01-31'

test('what two machines sent to a folder is one log on a third, with labels, each file once', async () => {
  using remote = makeFolder({})
  using north = await machineWith('n', 2)
  using south = await machineWith('s', 3)
  using office = makeFolder({ 'labels.csv': 'id,label\ns.1,1\n' })
  for (const machine of [north, south]) {
    const { exitCode, output } = push(machine, remote)
    assert.equal(exitCode, 0)
    assert.match(output, /^sent 1 file, \d+\.\d kB\n$/)
    assert.equal(push(machine, remote).output, 'sent 0 files\n')
  }
  assert.match(pull(office, remote).output, /^received 2 files, /)
  assert.equal(pull(office, remote).output, 'received 0 files\n')
  assert.equal(rowsIn(office), '5')
  // A label that came at one machine is known to all.
  assert.equal(mlpt(office, 'feedback', 'labels.csv', '--model', 'loans').exitCode, 0)
  assert.match(push(office, remote).output, /^sent 1 file, /)
  assert.match(pull(north, remote).output, /^received 2 files, /)
  assert.match(mlpt(north, 'predictions', 'list').output, /^loans +3 +champion +5 +1 /m)
  const [file] = globSync(`.mlpt/predictions/${day}/*`, { cwd: office.directory })
  assert.equal(statSync(join(office.directory, file!)).mode & 0o777, 0o600)
})

test('a pull takes away what one that was killed had begun, though another has brought the file', async () => {
  using remote = makeFolder({})
  using here = makeFolder({})
  using machine = await machineWith('n', 1)
  push(machine, remote)
  pull(here, remote)
  const [file] = globSync(`.mlpt/predictions/${day}/*`, { cwd: here.directory })
  const nameOf = (pid: number): string => `.mlpt/predictions/${day}/.${basename(file!)}.${pid}.tmp`
  // No machine has a process of the first number.
  for (const pid of [2_147_483_646, process.pid]) put(here, nameOf(pid), 'PAR1 and the beg')
  pull(here, remote)
  const left = globSync(`.mlpt/predictions/${day}/.*`, { cwd: here.directory })
  assert.deepEqual(left, [nameOf(process.pid)])
})

test('large files arrive byte for byte; what is no Parquet file is named and left out, other names are passed over', () => {
  using remote = makeFolder({})
  using here = makeFolder({})
  using there = makeFolder({})
  const large = Buffer.concat([Buffer.from('PAR1'), randomBytes(3 << 20), Buffer.from('PAR1')])
  put(here, `.mlpt/predictions/${day}/large.parquet`, large)
  assert.equal(push(here, remote).output, 'sent 1 file, 3.1 MB\n')
  put(remote, `${day}/broken.parquet`, 'PAR1 and nothing else')
  put(remote, `${day}/short.parquet`, '')
  for (const key of [
    `${day}/.hidden.parquet`,
    `${day}/notes.txt`,
    'loans/other/date=2026-01-31/a.parquet',
    'loans/predictions/date=2026-1-31/a.parquet',
    '%2e%2e/predictions/date=2026-01-31/a.parquet',
  ]) {
    put(remote, key, 'PAR1PAR1PAR1')
  }
  const { exitCode, errors } = pull(there, remote)
  assert.equal(exitCode, 1)
  assert.match(errors, /^error REMOTE_OBJECT_DAMAGED: 2 objects failed:/)
  assert.match(errors, /broken\.parquet' in '.*' is no Parquet file/)
  assert.match(errors, /short\.parquet' in '.*' is no Parquet file/)
  rmSync(join(remote.directory, day, 'broken.parquet'))
  rmSync(join(remote.directory, day, 'short.parquet'))
  // Several at once, and all their bytes are told.
  for (const name of ['b', 'c', 'd']) put(remote, `${day}/${name}.parquet`, large)
  using another = makeFolder({})
  assert.equal(pull(another, remote).output, 'received 4 files, 12.6 MB\n')
  const [arrived, ...others] = filesOf(there.directory)
  assert.deepEqual([others, basename(arrived!)], [[], 'large.parquet'])
  assert.ok(readFileSync(arrived!).equals(large))
})

test('days that were pruned do not come back, and can be removed from the remote', async () => {
  using remote = makeFolder({})
  using machine = await machineWith('n', 2)
  put(machine, '.mlpt/predictions/loans/predictions/date=2025-12-24/old.parquet', 'PAR1PAR1PAR1')
  assert.match(push(machine, remote).output, /^sent 2 files, /)
  const pruned = mlpt(machine, 'predictions', 'prune', '--before', '2026-01-01')
  assert.equal(pruned.output, 'loans: 1 days removed: 2025-12-24 to 2025-12-24\n')
  assert.equal(pull(machine, remote).output, 'received 0 files\n')
  using other = makeFolder({})
  assert.match(pull(other, remote, '--since', '2026-01-31').output, /^received 1 file, /)
  const { directory } = remote
  const there = mlpt(other, 'predictions', 'prune', '--before', '2026-01-01', '--remote', directory)
  assert.equal(there.output, 'loans: 1 days removed: 2025-12-24 to 2025-12-24\n')
  assert.equal(pull(other, remote).output, 'received 0 files\n')
  assert.equal(globSync('**/*.parquet', { cwd: directory }).length, 1)
})

test('a remote of the settings is taken by its name; one that nobody knows, or a kind that there is not, is refused', async () => {
  using remote = makeFolder({})
  using machine = await machineWith('n', 2)
  assert.equal(mlpt(machine, 'init', '--no-scm').exitCode, 0)
  assert.equal(mlpt(machine, 'remote', 'add', 'logs', remote.directory).exitCode, 0)
  const named = (name: string) => mlpt(machine, 'predictions', 'push', '--remote', name)
  assert.match(named('logs').output, /^sent 1 file, /)
  const unknown = named('lags')
  assert.equal(unknown.exitCode, 2)
  assert.match(unknown.errors, /REMOTE_UNKNOWN: there is no remote 'lags'/)
  assert.match(unknown.errors, /did you mean 'logs'/)
  const foreign = named('gs://user:secret@bucket/logs')
  assert.equal(foreign.exitCode, 2)
  assert.match(foreign.errors, /'gs:\/\/bucket\/logs' is no remote: 'gs' is not supported/)
  assert.doesNotMatch(foreign.errors, /secret/)
  const none = mlpt(machine, 'predictions', 'push')
  assert.equal(none.exitCode, 2)
  assert.match(none.errors, /--remote <name or address>/)
})

async function machineWith(id: string, rows: number): Promise<Folder> {
  const folder = makeFolder({})
  const root = join(folder.directory, '.mlpt', 'predictions')
  const cells = Array.from({ length: rows }, (_, i) => [i, 2])
  await write(root, (log) => log.observe(scored(id, cells)), { now: () => noon })
  return folder
}

function push(machine: Folder, { directory }: Folder): Answer {
  return mlpt(machine, 'predictions', 'push', '--remote', directory)
}

function pull(machine: Folder, { directory }: Folder, ...more: readonly string[]): Answer {
  return mlpt(machine, 'predictions', 'pull', '--remote', directory, ...more)
}

function rowsIn(machine: Folder): string | undefined {
  const { output } = mlpt(machine, 'predictions', 'list')
  return /^loans +3 +champion +(\d+) /m.exec(output)?.[1]
}

function put({ directory }: Folder, path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(directory, path)), { recursive: true })
  writeFileSync(join(directory, path), content)
}
