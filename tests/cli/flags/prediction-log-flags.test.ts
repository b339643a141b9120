import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, test } from 'node:test'
import { Command } from 'commander'
import {
  addPredictionLogFlags,
  openServedLog,
  type PredictionLogFlags,
} from '../../../src/cli/flags/prediction-log-flags.ts'
import { scored } from '../../monitoring/prediction-log/scored.ts'
import { read } from '../../monitoring/prediction-log/use-log.ts'
import { makeScratchFolder } from '../../scratch-folder.ts'
import { predictor } from '../../serving/serve-model.ts'

describe('the flags of the prediction log', () => {
  test('without them nothing is kept', () => {
    assert.equal(openServedLog(parse(), predictor), undefined)
  })

  test('drop, hash and sample what they name', async () => {
    const root = makeScratchFolder()
    const key = join(root, 'key')
    writeFileSync(key, '0123456789abcdef\n')
    const words = [
      '--prediction-log-drop',
      'debt, late',
      '--prediction-log-hash',
      'age',
      '--prediction-log-key-file',
      key,
    ]
    {
      await using log = openServedLog(parse('--prediction-log', root, ...words), predictor)!
      log.observe(scored('r', [[1, 2, 0, 3]], { columns: Object.keys(predictor.inputs) }))
    }
    const [row] = await read(root)
    assert.deepEqual(
      Object.keys(row!).filter((name) => /^(?:input|hashed)\./.test(name)),
      ['input.town', 'hashed.age'],
    )
  })

  for (const [words, message] of [
    [['--prediction-log', 'x', '--prediction-log-drop', 'agee,nothing'], /'agee', 'nothing'/],
    [['--prediction-log', 'x', '--prediction-log-hash', 'age'], /with no key/],
    [['--prediction-log-sample', '0.5'], /--prediction-log-sample is of no use/],
    [['--prediction-log-rotate-bytes', '2000'], /--prediction-log-rotate-bytes is of no use/],
  ] as const) {
    test(`${words.join(' ')} is refused`, () => {
      const flags = parse(...words)
      assert.throws(() => openServedLog(flags, predictor), { code: 'CLI_USAGE', message })
    })
  }

  test('a folder that cannot be written is told at the start, with its cause, and the server starts', () => {
    const root = makeScratchFolder()
    chmodSync(root, 0o500)
    const program = `
      import { openServedLog } from '${resolve('src/cli/flags/prediction-log-flags.ts')}'
      const predictor = { name: 'loans', inputs: {}, output: { kind: 'probability' } }
      await using log = openServedLog({ predictionLog: process.argv[1] }, predictor)
      process.stdout.write('starts')`
    const args = ['--conditions=mlpt-source', '--input-type=module', '-e', program]
    // Root may write everywhere.
    const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
    const { stdout, stderr } = spawnSync(process.execPath, [...args, join(root, 'a/b')], {
      ...user,
      encoding: 'utf8',
    })
    assert.equal(stdout, 'starts')
    assert.match(
      stderr,
      /^the prediction log cannot be written: error FILE_WRITE_FAILED: cannot write '.*': EACCES$/m,
    )
  })

  test('a key that is short or missing is refused', () => {
    const file = join(makeScratchFolder(), 'key')
    writeFileSync(file, '0123456789abcde\n')
    const words = [
      '--prediction-log',
      'x',
      '--prediction-log-hash',
      'age',
      '--prediction-log-key-file',
    ]
    assert.throws(() => openServedLog(parse(...words, file), predictor), {
      message: /a key of 15 bytes/,
    })
    const missing = parse(...words, `${file}.no`)
    assert.throws(() => openServedLog(missing, predictor), { code: 'FILE_MISSING' })
  })

  for (const words of [
    ...['0', '1.5', '-1', 'half'].map((share) => ['--prediction-log-sample', share]),
    ...['100', '1e9', 'x'].map((bytes) => ['--prediction-log-rotate-bytes', bytes]),
    ...['0', '43201', '1.5'].map((seconds) => ['--prediction-log-rotate-seconds', seconds]),
  ]) {
    test(`${words.join(' ')} is no such number`, () => {
      assert.throws(() => parse(...words), { code: 'commander.invalidArgument' })
    })
  }
})

function parse(...words: readonly string[]): PredictionLogFlags {
  const command = addPredictionLogFlags(new Command()).exitOverride()
  command.configureOutput({ writeErr: () => undefined })
  return command.parse(words, { from: 'user' }).opts<PredictionLogFlags>()
}
