/** What docs/tuning.md shows is run as it stands there. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parsePipeline } from '../../src/pipeline/stages/parse-pipeline.ts'
import { parseParameters } from '../../src/project/parameters.ts'
import { mlpt } from '../pipeline/folder.ts'
import { makeTuneFolder, withTuneSection } from './tune-folder.ts'

const page = readFileSync('docs/tuning.md', 'utf8')
const blocks = (language: string): readonly string[] =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``, 'g'))].map((match) => match[1]!)

test('its YAML is sections of params.yaml and a pipeline', () => {
  const [stage, ...more] = blocks('yaml').filter((block) => block.startsWith('stages:'))
  assert.ok(stage !== undefined && more.length === 0)
  const readText = (): undefined => undefined
  const { stages } = parsePipeline({
    root: '/r',
    directory: '/r',
    files: [{ path: 'dvc.yaml', text: stage }],
    readText,
  })
  assert.equal(stages.length, 1)
  const sections = blocks('yaml').filter((block) => block.startsWith('tune:'))
  assert.equal(sections.length, 2)
  for (const section of sections) parseParameters(withTuneSection(section), 'params.yaml')
})

test('its commands run', async () => {
  const [section = ''] = blocks('yaml')
  using folder = await makeTuneFolder(withTuneSection(section.replace('trials: 40', 'trials: 3')))
  const lines = blocks('sh').flatMap((block) => block.trim().split('\n'))
  assert.equal(lines.length, 4)
  for (const line of lines) {
    const words = [...line.matchAll(/"((?:\\.|[^"])*)"|(\S+)/g)].map(
      ([, quoted, bare]) => bare ?? quoted!.replaceAll('\\', ''),
    )
    const answer = mlpt(folder, ...words.slice(1))
    assert.equal(answer.exitCode, 0, `${line}\n${answer.errors}`)
    assert.match(answer.output, /trial|"best"/)
  }
})
