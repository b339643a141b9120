import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Command } from 'commander'
import {
  argumentsOfEnvironment,
  portOfEnvironment,
} from '../../../src/cli/flags/environment-arguments.ts'
import { addPredictionLogFlags } from '../../../src/cli/flags/prediction-log-flags.ts'
import { addListenFlags } from '../../../src/cli/flags/server-flags.ts'
import { addServingFlags } from '../../../src/cli/flags/serving-flags.ts'

const { options } = addServingFlags(addListenFlags(new Command(), 8080))

test('every flag has a variable; several values stand with commas between them', () => {
  const given = { MLPT_MAX_ROWS: '100', MLPT_ALLOW_HOST: 'a.example, b.example', MLPT_LOG: '1' }
  const { words, variables } = argumentsOfEnvironment(options, given)
  assert.deepEqual(words.toSorted(), [
    '--allow-host=a.example',
    '--allow-host=b.example',
    '--log',
    '--max-rows=100',
  ])
  assert.deepEqual(variables.toSorted(), Object.keys(given).sort())
})

test('a variable of nothing is none, and a flag may be said to be off', () => {
  for (const off of ['', ' ', '0', 'false', 'FALSE', 'no']) {
    assert.deepEqual(argumentsOfEnvironment(options, { MLPT_LOG: off }).words, [], off)
  }
  assert.deepEqual(argumentsOfEnvironment(options, { MLPT_HOST: '', MLPT_NOPE: '1' }).words, [])
})

test('a flag that takes a list itself is given the whole list', () => {
  const given = { MLPT_PREDICTION_LOG_DROP: 'age,income', MLPT_PREDICTION_LOG: '/log' }
  const { words } = argumentsOfEnvironment(addPredictionLogFlags(new Command()).options, given)
  assert.deepEqual(words, ['--prediction-log=/log', '--prediction-log-drop=age,income'])
})

test('a value cannot become a flag', () => {
  const { words } = argumentsOfEnvironment(options, { MLPT_HOST: '--log' })
  assert.deepEqual(words, ['--host=--log'])
})

test('the port is the first that the environment says, or 8080', () => {
  const all = { MLPT_PORT: '1', AIP_HTTP_PORT: '2', PORT: '3' }
  assert.equal(portOfEnvironment(all), '1')
  assert.equal(portOfEnvironment({ ...all, MLPT_PORT: '' }), '2')
  assert.equal(portOfEnvironment({ PORT: '3' }), '3')
  assert.equal(portOfEnvironment({}), '8080')
})
