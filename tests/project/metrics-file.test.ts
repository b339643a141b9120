import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { layoutOf } from '../../src/project/layout.ts'
import { listEvaluatedKinds, listModels } from '../../src/project/metrics-file.ts'
import { makeScratchFolder } from '../scratch-folder.ts'

describe('the models that are compared', () => {
  const cases: readonly [string, readonly string[], readonly string[]][] = [
    ['ours are expected where there is none', [], ['logistic', 'boosting']],
    ['ours are expected where they were trained', ['models/logistic/MLmodel'], ['logistic']],
    [
      'ours may be measured and gone, and whoever reads them says so',
      ['metrics/boosting.json'],
      ['boosting'],
    ],
    [
      'a network that was not evaluated is left out',
      ['models/neural/MLmodel'],
      ['logistic', 'boosting'],
    ],
    [
      'models of other programs come after ours, once they are evaluated',
      [
        'models/torch/MLmodel',
        'metrics/torch.json',
        'models/sklearn/MLmodel',
        'metrics/sklearn.json',
        'models/boosting/MLmodel',
        'metrics/boosting.json',
        'models/draft/MLmodel',
        'metrics/gone.json',
      ],
      ['boosting', 'sklearn', 'torch'],
    ],
  ]
  for (const [name, files, kinds] of cases) {
    test(name, () => {
      assert.deepEqual(listEvaluatedKinds(folderOf(files), layoutOf('loans')), kinds)
    })
  }

  test('files and hidden folders beside them are no models', () => {
    const folder = folderOf(['models/.gitignore', 'models/.new/MLmodel', 'models/a/MLmodel'])
    assert.deepEqual(listModels(folder, layoutOf('loans')), ['a'])
  })
})

function folderOf(files: readonly string[]): string {
  const folder = makeScratchFolder()
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), '{}')
  }
  return folder
}
