import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { ToolkitError } from '../../core/errors.ts'

/** The files of Swagger UI that the documentation page loads, with their media types. */
export const swaggerAssets = [
  { name: 'favicon-32x32.png', mediaType: 'image/png' },
  { name: 'swagger-ui-bundle.js', mediaType: 'text/javascript; charset=utf-8' },
  { name: 'swagger-ui.css', mediaType: 'text/css; charset=utf-8' },
] as const

export type SwaggerAsset = (typeof swaggerAssets)[number]

/** Reads one of the files as npm installed it. @throws {ToolkitError} `FILE_READ_FAILED` */
export async function readSwaggerAsset({ name }: SwaggerAsset): Promise<Uint8Array> {
  try {
    return await readFile(fileURLToPath(import.meta.resolve(`@fastify/swagger-ui/static/${name}`)))
  } catch (error) {
    throw new ToolkitError('FILE_READ_FAILED', `cannot read '${name}' of Swagger UI`, {
      hint: "install the packages again: 'npm ci'",
      cause: error,
    })
  }
}
