import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'

/**
 * What a file exports that is TypeScript and a module, whatever its package.json says of `type`: `npm init` writes
 * `commonjs`, packages that run on NestJS have to keep it, and one without a type makes Node read the file twice and warn.
 * So are the files that it imports, except those of installed packages.
 */
export async function importModule(path: string): Promise<{ readonly default?: unknown }> {
  const hooks = registerHooks({
    resolve: (specifier, context, resolve) => {
      const resolved = resolve(specifier, context)
      return isOwnModule(resolved) && context.conditions.includes('import')
        ? { ...resolved, format: 'module-typescript' }
        : resolved
    },
  })
  try {
    const exported: { readonly default?: unknown } = await import(pathToFileURL(path).href)
    return exported
  } finally {
    hooks.deregister()
  }
}

function isOwnModule({
  url,
  format,
}: {
  readonly url: string
  readonly format?: string | null | undefined
}): boolean {
  if (!url.endsWith('.ts') || url.includes('/node_modules/')) return false
  return format === 'commonjs-typescript' || format === undefined || format === null
}
