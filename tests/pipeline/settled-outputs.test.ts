import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ToolkitError } from '../../src/core/errors.ts'
import { makeProject, outcomes, type Project } from './project.ts'

describe("a stage that writes into another stage's output", () => {
  test('is refused, with both named, and the next run puts the output back', async () => {
    using project = makeProject(trespass('echo other > b.txt'))
    const error = await failure(project)
    assert.equal(error.code, 'PIPELINE_STAGE_FAILED')
    assert.equal(error.exitCode, 1)
    assert.equal(
      error.message,
      "'b.txt', an output of stage 'b', changed after the stage had ended, while stage 'c' ran",
    )
    assert.match(error.hint ?? '', /outputs of its own/)
    assert.deepEqual(error.details, { outputs: ['b.txt'], stages: ['b'], writers: ['c'] })
    assert.deepEqual(outcomes(await project.run()), { b: 'restored', c: 'unchanged' })
    assert.equal(project.read('b.txt'), 'b\n')
  })

  test('is seen in a folder, in a file of the same size, and in one that goes away', async () => {
    for (const command of ['echo c > d/x', 'touch d/more', 'rm d/x', 'rm -r d', 'rm b.txt']) {
      using project = makeProject(trespass(command))
      assert.match((await failure(project)).message, /^'(d|b\.txt)', an output of stage 'b', ch/)
    }
  })

  test('is seen where the other stage had nothing to do', async () => {
    using project = makeProject(trespass('echo c > c.txt'))
    await project.run()
    project.write(trespass('echo other > b.txt'))
    assert.match((await failure(project)).message, /'b\.txt', an output of stage 'b'/)
  })

  test('is seen in added data', async () => {
    using project = makeProject({
      'in.txt': 'in\n',
      // md5 of 'in\n'
      'in.txt.dvc':
        'outs:\n- md5: ba8d2b9408ed255ee92a112fe7ba59be\n  size: 3\n  hash: md5\n  path: in.txt\n',
      'dvc.yaml': `stages:
  b: {cmd: cp in.txt b.txt, deps: [in.txt], outs: [b.txt]}
  c: {cmd: 'cp b.txt c.txt; echo more >> in.txt', deps: [b.txt], outs: [c.txt]}
`,
    })
    assert.match((await failure(project)).message, /^'in\.txt', an output of 'in\.txt\.dvc', /)
  })

  test('is named beside the stage that failed', async () => {
    using project = makeProject(trespass('echo other > b.txt; false'))
    const { message } = await failure(project)
    assert.match(
      message,
      /^2 failures:\n.*stage 'c'.*\n.*'b\.txt', an output of stage 'b', .*while stage 'c' ran/s,
    )
  })

  test('is no offence when the same is there in the end', async () => {
    using project = makeProject(trespass('echo b > b.txt; touch d/x'))
    assert.deepEqual(outcomes(await project.run()), { b: 'ran', c: 'ran' })
  })
})

/** Stage c reads what b writes, and then does something to it. */
function trespass(command: string): Readonly<Record<string, string>> {
  return {
    'dvc.yaml': `stages:
  b: {cmd: 'echo b > b.txt; mkdir d; echo x > d/x; echo b > last.txt', outs: [b.txt, d, last.txt]}
  c: {cmd: 'sleep 0.05; echo c > c.txt; ${command}', deps: [last.txt], outs: [c.txt]}
`,
  }
}

async function failure(project: Project): Promise<ToolkitError> {
  try {
    await project.run()
  } catch (error) {
    assert.ok(error instanceof ToolkitError)
    return error
  }
  assert.fail('the run did not fail')
}
