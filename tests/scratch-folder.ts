import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const made: string[] = []

process.on('exit', () => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true })
})

/** A fresh folder that goes away with the process. */
export function makeScratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mlpt-'))
  made.push(folder)
  return folder
}
