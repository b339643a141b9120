/** What docs/tuning.md shows is run as it stands there. */

import assert from 'node:assert/strict'
import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parsePipeline } from '../../../src/pipeline/stages/parse-pipeline.ts'
import { parseParameters } from '../../../src/project/parameters/parameters.ts'
import { git, runWith } from '../../pipeline/experiments-repository.ts'
import { makeFolder, mlpt } from '../../pipeline/folder.ts'
import { makeTuneFolder, withTuneSection } from './tune-folder.ts'

const page = readFileSync('docs/tuning.md', 'utf8')
const [ofStages = ''] = /^## A stage of your own$[^]*?^## /m.exec(page) ?? []
const blocks = (language: string, text = page.replace(ofStages, '')): readonly string[] =>
  [...text.matchAll(new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``, 'g'))].map((match) => match[1]!)

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

test('its stage is tuned as it stands there, without a project.ts', () => {
  const [pipeline = '', parameters = ''] = blocks('yaml', ofStages)
  using project = makeFolder({
    'dvc.yaml': pipeline,
    'params.yaml': parameters.replace('trials: 30', 'trials: 2'),
    'data.csv': 'x\n',
    // For a model by its parameters: what python would run here is a shell's.
    'train.py': `echo "$C" > model.pkl
echo "{\\"validation\\": {\\"auc\\": 0.$(sed -n 's/^  C: [^1-9]*//p' params.yaml | head -c 1)}}" > metrics.json
`,
    'bin/python': '#!/bin/sh\nexec sh "$@"\n',
    '.gitignore': '/.mlpt\n',
  })
  chmodSync(join(project.directory, 'bin/python'), 0o755)
  git(project, 'init', '-q', '-b', 'main')
  git(project, 'add', '.')
  git(project, '-c', 'user.name=t', '-c', 'user.email=t@localhost', 'commit', '-qm', 'one')
  const env = { ...process.env, PATH: `${project.directory}/bin:${process.env['PATH']}` }
  const lines = blocks('sh', ofStages).flatMap((block) => block.trim().split('\n'))
  assert.equal(lines.length, 3)
  const answers = lines.map((line) => runWith(project, env, ...line.split(' ').slice(1)))
  for (const [i, { exitCode, errors }] of answers.entries())
    assert.equal(exitCode, 0, `${lines[i]}\n${errors}`)
  const [tuned, shown] = answers.map(({ output }) => output)
  assert.match(
    tuned!,
    /^trial {2}metrics\.json:validation\.auc {2}train\.C {2}train\.max_depth {2}experiment\n/,
  )
  const names = tuned!.match(/train-\w{7}-\w+/g) ?? []
  assert.equal(names.length, 3)
  for (const name of names) assert.ok(shown!.includes(name), shown)
  assert.match(project.read('params.yaml'), /max_depth: \w+ # as deep as it gets/)
})
