import { writeFileAtomically } from './atomic-file.ts'
import { formatJson } from './json.ts'

/** Writes one JSON document, whole or not at all. @throws {ToolkitError} `FILE_WRITE_FAILED` */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFileAtomically(path, formatJson(value))
}
