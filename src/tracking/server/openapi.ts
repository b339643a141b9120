/** The API as an OpenAPI 3.1 document, made of what the endpoints say of themselves. */

import { addressesOf, rawRoutes, routeGroups } from './all-routes.ts'
import { object, type Field, type Fields } from './fields.ts'
import type { Method, Permission, RawRoute, Route } from './route.ts'

/** Made anew for each that asks; addresses for pages (`/ajax-api`) are the same again and left out. */
export function describeApi(): object {
  const paths: Record<string, Record<string, object>> = {}
  const add = (address: string, endpoint: Route | RawRoute): void => {
    const path = address.replaceAll(/:(\w+)/g, '{$1}').replace('*', '{artifact_path}')
    const operations = (paths[path] ??= {})
    for (const method of endpoint.methods) {
      const operationId = `${method.toLowerCase()}${path.replaceAll(/[^a-z0-9]+/gi, '_')}`
      operations[method.toLowerCase()] = { operationId, ...operationOf(method, path, endpoint) }
    }
  }
  for (const [group, routes] of Object.entries(routeGroups)) {
    for (const route of routes) {
      add(addressesOf(`${group}/${route.path}`)[0]!, route)
    }
  }
  for (const route of rawRoutes) add(addressesOf(route.path)[0]!, route)
  return { ...head, paths }
}

const head = {
  openapi: '3.1.0',
  info: {
    title: 'Tracking server',
    version: '2.0',
    description:
      "MLflow's REST API for experiments, runs, metrics, logged models, artifacts, the model registry and webhooks.",
  },
  security: [{}, { bearer: [] }, { basic: [] }],
  components: {
    securitySchemes: {
      bearer: { type: 'http', scheme: 'bearer' },
      basic: { type: 'http', scheme: 'basic', description: 'The token is the password.' },
    },
    schemas: {
      Error: {
        type: 'object',
        properties: { error_code: { type: 'string' }, message: { type: 'string' } },
        required: ['error_code', 'message'],
      },
    },
  },
}

function operationOf(method: Method, path: string, endpoint: Route | RawRoute): object {
  const { summary, permission, fields = {} } = endpoint
  const isRaw = 'handle' in endpoint
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!)
  const others = Object.entries(fields).filter(([name]) => !inPath.includes(name))
  const isQuery = method === 'GET' || isRaw
  return {
    summary,
    description: permissionTexts[permission],
    parameters: [
      ...inPath.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
      ...(isQuery ? others.map(([name, field]) => toQueryParameter(name, field)) : []),
    ],
    ...(isRaw && method !== 'GET' && method !== 'DELETE' && { requestBody: fileBody }),
    ...(!isQuery && { requestBody: messageBody(Object.fromEntries(others)) }),
    responses: {
      '200': {
        description: isRaw ? 'The file, or nothing' : 'The message',
        content: isRaw ? { '*/*': {} } : { 'application/json': { schema: { type: 'object' } } },
      },
      default: {
        description: 'What went wrong',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    },
  }
}

const permissionTexts: Readonly<Record<Permission, string>> = {
  read: 'Needs a token that may read.',
  write: 'Needs a token that may write.',
  admin: "Needs an administrator's token.",
}

function toQueryParameter(name: string, { isRequired, schema }: Field<unknown>): object {
  return { name, in: 'query', required: isRequired, schema }
}

const fileBody = { content: { 'application/octet-stream': { schema: { format: 'binary' } } } }

function messageBody(fields: Fields): object {
  return { content: { 'application/json': { schema: object(fields).schema } } }
}
