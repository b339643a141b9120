import { formatJson } from '../../core/json.ts'

/** What makes a container of a package. */

/** Where Node comes from; the version is the one that the toolkit is tested with. */
export const nodeImage = 'node:24.21.0-bookworm-slim'

/** The runtime of models whose operators are not evaluated here. */
export const onnxRuntime = { name: 'onnxruntime-node', version: '1.30.0' } as const

/** `node` in Node's images, as numbers: Kubernetes takes no name for a user that is not root (`runAsNonRoot`). */
export const imageUser = '1000:1000'

/** The port when nothing says another. */
export const packagePort = 8080

/** What of a package goes into the image, besides installed libraries. */
export const imageContent = [
  'LICENSES.txt',
  'health.js',
  'mlpt-package.json',
  'package.json',
  'program.js',
  'server.js',
  'model',
  'swagger-ui',
] as const

/**
 * The Dockerfile. Its user is not root, but for hosts that want one (SageMaker); nothing is downloaded, but
 * onnxruntime where the model needs it, and of that only the part for the image's processor is kept.
 */
export function formatDockerfile(needsRuntime: boolean): string {
  const files = imageContent.filter((name) => name.includes('.'))
  const folders = imageContent.filter((name) => !name.includes('.'))
  return [
    '# Written by mlpt package.',
    `ARG NODE_IMAGE=${nodeImage}`,
    ...(needsRuntime ? runtimeStage : []),
    'FROM ${NODE_IMAGE}',
    `ARG RUN_AS=${imageUser}`,
    'ENV NODE_ENV=production MLPT_HOST=0.0.0.0',
    'WORKDIR /app',
    ...(needsRuntime ? ['COPY --from=libraries /app/node_modules node_modules'] : []),
    // For its user to read, whatever the umask was that the package was made with.
    `COPY --chmod=755 ${files.join(' ')} ./`,
    ...folders.map((name) => `COPY --chmod=755 ${name} ${name}`),
    'USER ${RUN_AS}',
    `EXPOSE ${packagePort}`,
    'HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 CMD ["node", "health.js"]',
    'ENTRYPOINT ["node", "server.js"]',
    '',
  ].join('\n')
}

const runtimeStage = [
  'FROM ${NODE_IMAGE} AS libraries',
  'WORKDIR /app',
  'COPY package.json ./',
  // Its script would fetch what graphics cards need.
  'RUN npm install --ignore-scripts --omit=dev --no-audit --no-fund',
  `RUN find node_modules/${onnxRuntime.name}/bin -mindepth 3 -maxdepth 3 -type d ! -path "*/linux/$(node -p process.arch)" -exec rm -r {} +`,
]

/** Only what the image takes reaches the builder. */
export function formatDockerIgnore(): string {
  return ['*', ...imageContent.map((name) => `!${name}`), ''].join('\n')
}

/** npm's description of the package: Node reads from it that its files are modules. */
export function formatPackageJson(model: string, needsRuntime: boolean): string {
  const description = {
    name: nameForTools(model),
    version: '0.0.0',
    private: true,
    type: 'module',
    scripts: { start: 'node server.js' },
    engines: { node: '>=24' },
    ...(needsRuntime && { dependencies: { [onnxRuntime.name]: onnxRuntime.version } }),
  }
  return formatJson(description)
}

/** A model's name as npm, Docker and BentoML take it: lower-case letters, digits, '-' and '_', at most 60. */
export function nameForTools(model: string): string {
  const name = model
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]+/g, '-')
    .replaceAll(/^[-_]+/g, '')
    .slice(0, 60)
    .replaceAll(/[-_]+$/g, '')
  return name === '' ? 'model' : name
}
