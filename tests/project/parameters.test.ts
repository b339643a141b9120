import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { parse } from 'yaml'
import { parseParameters } from '../../src/project/parameters/parameters.ts'

const good = readFileSync('params.yaml', 'utf8')

describe('parseParameters', () => {
  test('reads the reference project’s numbers', () => {
    const parameters = parseParameters(good, 'params.yaml')
    assert.equal(parameters.split.folds, 5)
    assert.equal(parameters.promote.metric, 'roc_auc')
  })

  test('an unknown key says its line and what was meant', () => {
    const text = good.replace('learning_rate:', 'leanring_rate:')
    const line = text.split('\n').findIndex((content) => content.includes('leanring_rate')) + 1
    assert.throws(() => parseParameters(text, 'params.yaml'), {
      code: 'CONFIG_INVALID',
      message: new RegExp(
        `params\\.yaml:${line}: there is no parameter 'train\\.boosting\\.leanring_rate' \\(did you mean 'learning_rate'\\?\\)`,
      ),
    })
  })

  test('what is below custom is for other programs: nothing in it is checked', () => {
    const text = `${good}\ncustom:\n  sklearn: {C: 0.5, penalty: l2}\n`
    assert.deepEqual(parseParameters(text, 'params.yaml'), parseParameters(good, 'params.yaml'))
    assert.throws(() => parseParameters(text.replace('custom:', 'costum:'), 'params.yaml'), {
      message:
        /there is no parameter 'costum' \(did you mean 'custom'\?\)|there is no parameter 'costum'/,
    })
  })

  test('all problems are told at once', () => {
    const text = good
      .replace('folds: 5', 'folds: five')
      .replace('max_leaves: ', 'max_leaves: -')
      .replace('metric: roc_auc', 'metric: auc')
      .replace(/sha256: .*/, 'sha256: abc')
    assert.throws(
      () => parseParameters(text, 'params.yaml'),
      (error: Error) => {
        assert.match(error.message, /4 problems/)
        assert.match(error.message, /'split\.folds' is "five", expected an integer from 2 to 1000/)
        assert.match(error.message, /'train\.boosting\.max_leaves' is -\d+, expected an integer/)
        assert.match(error.message, /'promote\.metric' is "auc", expected one of roc_auc, log_loss/)
        assert.match(error.message, /'ingest\.sha256' is "abc", expected 64 hexadecimal digits/)
        return true
      },
    )
  })

  test('DeLong’s test is for areas under the ROC curve alone', () => {
    const text = good.replace('metric: roc_auc', 'metric: log_loss')
    assert.throws(
      () => parseParameters(text, 'params.yaml'),
      /params\.yaml:\d+: 'promote\.test' is "delong", which compares roc_auc and roc_auc_ovr alone, expected bootstrap/,
    )
    const other = text.replace('test: delong', 'test: bootstrap')
    assert.equal(parseParameters(other, 'params.yaml').promote.test, 'bootstrap')
  })

  test('gates and settings of the evaluation that are absent are open or usual', () => {
    const { evaluate, promote } = parse(good) as Record<string, Record<string, unknown>>
    const { replicates, confidence_level, seed } = evaluate!
    const { metric, min_improvement, min_roc_auc } = promote!
    const text = JSON.stringify({
      ...parse(good),
      evaluate: { replicates, confidence_level, seed },
      promote: { metric, min_improvement, min_roc_auc },
    })
    const parameters = parseParameters(text, 'params.yaml')
    assert.deepEqual(parameters.evaluate.slices, {})
    assert.equal(parameters.evaluate.threshold, 0.5)
    const { data_quality, max_p_value, max_latency_us } = parameters.promote
    assert.deepEqual([data_quality, max_p_value, max_latency_us], ['off', 1, 1e9])
  })

  test('a missing section is named, not guessed', () => {
    const text = good.replace(/^promote:[^]*/m, '')
    assert.throws(() => parseParameters(text, 'params.yaml'), /'promote' is missing/)
  })

  test('checks.schema is error unless it says warn', () => {
    const schemaOf = (line: string): string =>
      parseParameters(good.replace('  schema: error\n', line), 'params.yaml').checks.schema
    assert.equal(schemaOf(''), 'error')
    assert.equal(schemaOf('  schema: error\n'), 'error')
    assert.equal(schemaOf('  schema: warn\n'), 'warn')
    for (const value of ['off', 'null', '[]']) {
      assert.throws(
        () => schemaOf(`  schema: ${value}\n`),
        /'checks\.schema' is .*, expected one of warn, error/,
      )
    }
  })

  test('broken YAML says file, line and column', () => {
    assert.throws(() => parseParameters('split: [1,\n', 'params.yaml'), {
      code: 'CONFIG_INVALID',
      message: /^params\.yaml:\d+:\d+: /,
    })
  })

  for (const text of ['', '3', '[]', 'null', 'split: 3']) {
    test(`'${text}' is refused with an error of ours`, () => {
      assert.throws(() => parseParameters(text, 'params.yaml'), { code: 'CONFIG_INVALID' })
    })
  }
})
