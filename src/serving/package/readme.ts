/** What a package tells whoever finds it. */

import type { ModelManifest } from '../../model/index.ts'
import { nameForTools, nodeImage, onnxRuntime, packagePort } from './container-files.ts'
import { manifestName, type PackageManifest } from './package-manifest.ts'

/** The README of a package that serves by Node. */
export function formatServerReadme(
  model: ModelManifest,
  origin: PackageManifest['model'],
  needsRuntime: boolean,
): string {
  const image = nameForTools(model.name)
  const install = needsRuntime
    ? `the model has operators that the server does not evaluate itself: ${onnxRuntime.name} ${onnxRuntime.version} runs it. Install
it once, 290 MB for all platforms: \`npm install --ignore-scripts --omit=dev\`; the image keeps only its own platform's part.\n`
    : ''
  return `# ${titleOf(model.name)}: prediction API

Everything that serves this model. It needs Node 24 or later${needsRuntime ? ' and one package:' : ' and nothing else: no `npm install`, no network.'}
${install}
\`\`\`sh
node server.js
\`\`\`

\`\`\`sh
${curlOf(model, packagePort)}
\`\`\`

Documentation of the API: http://127.0.0.1:${packagePort}/docs. Ready: \`/health/ready\`. Metrics: \`/metrics\`.

## Docker

\`\`\`sh
docker build -t ${image} .
docker run --rm -p 127.0.0.1:${packagePort}:${packagePort} ${image}
\`\`\`

The image is \`${nodeImage}\` (\`--build-arg NODE_IMAGE=…\` takes another, a digest for example), runs as the user \`node\`, and asks
\`health.js\` whether it is well. SageMaker starts containers with the word \`serve\`, and wants \`--build-arg RUN_AS=root\`; Vertex AI's
\`AIP_HTTP_PORT\`, \`AIP_HEALTH_ROUTE\` and \`AIP_PREDICT_ROUTE\` are read.

## Settings

\`node server.js --help\` lists the flags. Each has a variable: \`--max-rows 100\` is \`MLPT_MAX_ROWS=100\`, \`--log\` is \`MLPT_LOG=1\`; what may be
repeated stands with commas between. Say in \`MLPT_ALLOW_HOST\` by which names clients call the server besides localhost (\`*\` for any), and
set the port by \`MLPT_PORT\`, which the health check reads too. On SIGTERM requests under way are finished first.

${formatOrigin(origin)}`
}

/** Where the model comes from, as a section. */
export function formatOrigin(origin: PackageManifest['model']): string {
  const rows = [
    ['model', origin.name],
    ['version', origin.version],
    ['SHA-256 of the ONNX file', origin.digest],
    ['run', origin.runId],
    ['logged model', origin.modelId],
    ['commit', origin.commit],
    ['training data', origin.dataHash],
    ['SHA-256 of dvc.lock', origin.lockHash],
  ]
  const known = rows.filter((row) => row[1] !== null)
  return `## Where it comes from

${known.map(([name, value]) => `- ${name}: \`${plainWord(value ?? '')}\``).join('\n')}

\`${manifestName}\` has the same for programs, and the SHA-256 of every file. The server does not start with another model file.
`
}

/** A request that works, for a shell. */
export function curlOf({ example }: ModelManifest, port: number, path = '/predict'): string {
  const body = JSON.stringify(path === '/predict' ? example : { rows: [example] })
  const quoted = `'${body.replaceAll("'", String.raw`'\''`)}'`
  return `curl -s http://127.0.0.1:${port}${path} -H 'content-type: application/json' -d ${quoted}`
}

/** A name as a heading: on one line, and nothing in it is Markdown. */
export function titleOf(name: string): string {
  return plainWord(name).replaceAll(/[\\*_#[\]<>!|]/g, String.raw`\$&`)
}

/** On one line, and without what would end code in Markdown. */
function plainWord(text: string): string {
  return text.replaceAll(/[\p{Cc}`]/gu, ' ').slice(0, 300)
}
