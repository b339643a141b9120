/** Debian's Chromium, or another one by CHROMIUM_PATH. */

import { existsSync } from 'node:fs'
import { chromium, type Browser } from 'playwright-core'

const executablePath = [process.env['CHROMIUM_PATH'], '/usr/bin/chromium'].find(
  (path) => path !== undefined && existsSync(path),
)

/** Why tests in a browser are left out, or false. */
export const skipWithoutChromium =
  executablePath === undefined &&
  'skipped: no chromium at /usr/bin/chromium or CHROMIUM_PATH; install it to test in a browser'

export async function openChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: executablePath!,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
  })
}
