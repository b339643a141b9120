import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Command } from 'commander'
import {
  addServingFlags,
  toServingOptions,
  type ServingFlags,
} from '../../../src/cli/flags/serving-flags.ts'

const hash = 'AB'.repeat(32)

test('without flags the defaults of the API hold', () => {
  assert.deepEqual(toServingOptions(parse()), { limits: {}, overload: {}, tokenHashes: [] })
})

test('every flag becomes an option', () => {
  const flags = parse(
    ...'--max-body-bytes 10 --max-rows 2 --request-timeout-ms 3 --log'.split(' '),
    ...`--max-in-flight 4 --max-lag-ms 5 --rate 0.5 --token-hash ${hash}`.split(' '),
    ...'--error-detail fields'.split(' '),
  )
  assert.deepEqual(toServingOptions(flags), {
    limits: { bodyBytes: 10, rows: 2, requestTimeoutMs: 3 },
    overload: { requestsInFlight: 4, lagMs: 5, requestsPerSecond: 0.5 },
    tokenHashes: [hash.toLowerCase()],
    log: process.stderr,
    errorDetail: 'fields',
  })
})

for (const [flag, value] of [
  ['--max-rows', '0'],
  ['--max-rows', '1e3'],
  ['--max-in-flight', '-1'],
  ['--max-lag-ms', '1.5'],
  ['--max-lag-ms', ''],
  ['--rate', '0'],
  ['--rate', 'Infinity'],
  ['--error-detail', 'some'],
  ['--token-hash', 'secret'],
  ['--token-hash', `${hash}0`],
] as const) {
  test(`${flag} '${value}' is wrong usage`, () => {
    assert.throws(() => parse(`${flag}=${value}`), { code: 'commander.invalidArgument' })
  })
}

function parse(...args: readonly string[]): ServingFlags {
  const command = addServingFlags(new Command())
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
  return command.parse(args, { from: 'user' }).opts()
}
