/**
 * A JSON text as Python's json.loads reads it: as JSON.parse, and NaN, Infinity
 * and -Infinity are numbers. NaN is read as Infinity, which no limit lets pass either.
 *
 * @throws {SyntaxError} as JSON.parse does
 */
export function parsePythonJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error
    return JSON.parse(text.replaceAll(stringOrConstant, replaceConstant))
  }
}

const stringOrConstant = /"(?:[^"\\]|\\.)*"|(?<![\w.+-])(?:NaN|-?Infinity)(?![\w.+-])/gs

/** A number beyond the greatest is read as infinite. */
function replaceConstant(token: string): string {
  if (token.startsWith('"')) return token
  return token === '-Infinity' ? '-1e999' : '1e999'
}
