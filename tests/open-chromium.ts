/** Debian's Chromium, the one without windows if it is there, or another one by CHROMIUM_PATH. */

import { existsSync } from 'node:fs'
import { chromium, type Browser } from 'playwright-core'

/** The whole Chromium starts its own interface as well, which takes most of a page's time. */
const executablePath = [
  process.env['CHROMIUM_PATH'],
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
].find((path) => path !== undefined && existsSync(path))

/** Why tests in a browser are left out, or false. */
export const skipWithoutChromium =
  executablePath === undefined &&
  'skipped: no chromium-headless-shell or chromium in /usr/bin, nor at CHROMIUM_PATH; install one to test in a browser'

export async function openChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: executablePath!,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
  })
}
