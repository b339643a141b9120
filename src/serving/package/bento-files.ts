/** A BentoML project: Python's onnxruntime behind types that are the model's schema. [BentoML 1.4] */

import { stringify } from 'yaml'
import type { ModelManifest } from '../../model/index.ts'
import { formatBentoService, serviceClass } from './bento-service.ts'
import { nameForTools } from './container-files.ts'
import { manifestName, type PackageManifest } from './package-manifest.ts'
import { curlOf, formatOrigin, titleOf } from './readme.ts'

/** The versions that tests run. */
const requirements = ['bentoml==1.4.39', 'numpy==2.4.6', 'onnxruntime==1.32.0', 'pydantic==2.14.4']

/** The files of the project besides the model folder. */
export function bentoFiles(
  manifest: ModelManifest,
  origin: PackageManifest['model'],
): readonly (readonly [string, string])[] {
  return [
    ['service.py', formatBentoService(manifest)],
    ['bentofile.yaml', formatBentoFile(manifest, origin)],
    ['requirements.txt', `${requirements.join('\n')}\n`],
    ['README.md', formatReadme(manifest, origin)],
  ]
}

function formatBentoFile(manifest: ModelManifest, origin: PackageManifest['model']): string {
  return stringify({
    service: `service:${serviceClass}`,
    labels: {
      model: nameForTools(manifest.name),
      ...(origin.version !== null && { version: nameForTools(origin.version) }),
      // A label has at most 63 characters.
      digest: origin.digest.slice(0, 16),
    },
    include: ['service.py', 'model/', manifestName],
    // Locking would ask a package index at each build.
    python: { requirements_txt: './requirements.txt', lock_packages: false },
  })
}

function formatReadme(manifest: ModelManifest, origin: PackageManifest['model']): string {
  return `# ${titleOf(manifest.name)}: BentoML service

\`\`\`sh
pip install -r requirements.txt
bentoml serve
${curlOf(manifest, 3000, '/predict_rows')}
bentoml build
\`\`\`

\`service.py\` takes the rows that the model's schema and policies allow, and no other. \`bentoml build\` needs no network; \`bentoml containerize\` does.

${formatOrigin(origin)}`
}
