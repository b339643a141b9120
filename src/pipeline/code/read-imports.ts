import { init, parse, type Import } from 'es-module-lexer'

/**
 * The module names that a JavaScript or TypeScript text loads: `import`, `export … from`,
 * `import('…')`, `require('…')` and `new URL('….js', import.meta.url)`, as a worker is named, with a literal. Types that are gone when it runs
 * (`import type`) are left out; each name comes once. A text that cannot be lexed, as with JSX
 * in it, is searched for lines that begin with `import` or `export`.
 */
export async function readImports(text: string): Promise<readonly string[]> {
  await init()
  return [...new Set([...readModules(text), ...readRequires(text), ...readAddresses(text)])]
}

function readModules(text: string): string[] {
  try {
    return parse(text)[0].flatMap(moduleOf)
  } catch {
    // The lexer knows no JSX; whoever wrote broken code hears it from what runs it.
    return [...text.matchAll(importLines)].flatMap(([, name]) => name ?? [])
  }
}

const importLines = /^(?:import|export)(?!\s+type\b)\b(?:[^'"`;()]*?\bfrom)?\s*['"]([^'"\n]+)['"]/gm

function moduleOf(found: Import): string[] {
  switch (found.type) {
    case 'import-meta':
      return []
    case 'dynamic':
      return found.specifier === undefined || found.glob || found.probablyTypeOnly
        ? []
        : [found.specifier]
    case 'static':
    case 'reexport-star':
      return found.typeOnly ? [] : [found.specifier]
  }
}

/** Comments and strings are matched first, so that what only looks like a call in them is passed over. */
const requireCalls =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|\brequire\s*\(\s*(['"])([^'"\\\n]+)\1\s*\)|(['"])(?:\\[\s\S]|(?!\3)[^\\\n])*\3|`(?:\\[\s\S]|[^\\`])*`/g

function readRequires(text: string): string[] {
  if (!text.includes('require')) return []
  return [...text.matchAll(requireCalls)].flatMap(([, , name]) => name ?? [])
}

/** Code only: what else is named so may be data, to be read or written. */
const codeAddresses =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|\bnew\s+URL\s*\(\s*(['"])([^'"\\\n]+\.[cm]?[jt]sx?)\1\s*,\s*import\.meta\.url\s*,?\s*\)|(['"])(?:\\[\s\S]|(?!\3)[^\\\n])*\3|`(?:\\[\s\S]|[^\\`])*`/g

function readAddresses(text: string): string[] {
  if (!text.includes('import.meta.url')) return []
  return [...text.matchAll(codeAddresses)].flatMap(([, , name]) => {
    if (name === undefined || /^[a-z]+:/i.test(name)) return []
    return /^[./]/.test(name) ? name : `./${name}`
  })
}
