#!/usr/bin/env node
// Stands in node_modules/.bin, so that `npx mlpt` finds this checkout's own command at once,
// as it finds the installed one in a user's project.
import '../bin/mlpt.js'
