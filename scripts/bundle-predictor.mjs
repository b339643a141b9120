/**
 * Joins the entry `ml-pipeline-toolkit/predictor` into one file that needs nothing: no Node, no bundler,
 * no other file.
 */

import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'

/**
 * @param folder - of the sources: `src`, or `dist` once they are compiled
 * @returns the text of an ES module
 */
export async function bundlePredictor(folder) {
  const extension = folder.endsWith('dist') ? 'js' : 'ts'
  const bundle = await rolldown({
    input: join(folder, `predictor/index.${extension}`),
    // Of yaml the build without Node.
    platform: 'browser',
    onLog: (_level, log) => {
      throw new Error(log.message)
    },
  })
  const { output } = await bundle.generate({ format: 'esm', codeSplitting: false })
  await bundle.close()
  const [{ code, imports, dynamicImports }] = output
  const others = [...imports, ...dynamicImports]
  if (others.length > 0) throw new Error(`the predictor imports ${others.join(', ')}`)
  return code
}

if (import.meta.main) {
  writeFileSync('dist/bundle/predictor.js', await bundlePredictor('dist'))
  cpSync('node_modules/yaml/LICENSE', 'dist/bundle/LICENSE-yaml')
}
