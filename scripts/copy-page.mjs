/** Copies what the compiler does not: the dashboard's page and its style, into dist. */

import { cpSync } from 'node:fs'

for (const name of ['index.html', 'styles.css']) {
  cpSync(`src/dashboard/${name}`, `dist/dashboard/${name}`)
}
