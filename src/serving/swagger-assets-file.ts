import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { ToolkitError } from '../core/errors.ts'

/** The files of Swagger UI that the documentation page loads, by name, with their media types. */
export const swaggerAssets = {
  'favicon-32x32.png': 'image/png',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'swagger-ui.css': 'text/css; charset=utf-8',
} as const

export type SwaggerAsset = keyof typeof swaggerAssets

/** Reads one of the files as npm installed it. @throws {ToolkitError} `FILE_READ_FAILED` */
export async function readSwaggerAsset(name: SwaggerAsset): Promise<Uint8Array> {
  try {
    return await readFile(fileURLToPath(import.meta.resolve(`@fastify/swagger-ui/static/${name}`)))
  } catch (error) {
    throw new ToolkitError('FILE_READ_FAILED', `cannot read '${name}' of Swagger UI`, {
      hint: "install the packages again: 'npm ci'",
      cause: error,
    })
  }
}
