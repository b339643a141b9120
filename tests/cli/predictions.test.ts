import assert from 'node:assert/strict'
import { globSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { scored } from '../monitoring/prediction-log/scored.ts'
import { write } from '../monitoring/prediction-log/use-log.ts'
import { makeFolder, mlpt } from '../pipeline/folder.ts'

test('what a server wrote becomes Parquet, gets labels and is told version by version', async () => {
  using folder = makeFolder({})
  const root = join(folder.directory, '.mlpt', 'predictions')
  await write(root, (log) => {
    log.observe(
      scored('r', [
        [1, 2],
        [3, 4],
      ]),
    )
    log.observe(
      scored('s', [[1, 2]], {
        arm: 'shadow',
        model: { name: 'loans', version: null, digest: 'cd'.repeat(32) },
      }),
    )
  })
  assert.equal(mlpt(folder, 'predictions', 'settle').output, '3 rows of 1 file are Parquet now\n')
  assert.equal(globSync('**/*.jsonl', { cwd: root }).length, 0)
  writeFileSync(join(folder.directory, 'labels.csv'), 'id,label\nr.1,1\nnobody,0\n')
  const added = mlpt(folder, 'feedback', 'labels.csv', '--model', 'loans')
  assert.deepEqual([added.exitCode, added.output], [0, '2 labels added to the log of loans\n'])
  const { output, errors } = mlpt(folder, 'predictions', 'list')
  assert.match(output, /^model +version +arm +rows +labels +from +to$/m)
  assert.match(output, /^loans +3 +champion +2 +1 /m)
  assert.match(output, /^loans +cdcdcdcdcdcd +shadow +1 +0 /m)
  assert.equal(errors, 'loans: 1 label of predictions that are not in the log\n')
})
