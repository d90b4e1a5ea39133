#!/usr/bin/env node
// Plain JavaScript, so that a Node that is too old says so in a sentence instead of a syntax error.
const [major, minor] = process.versions.node.split('.').map(Number)
if ((major === 22 && minor >= 22) || (major === 24 && minor >= 6) || major > 24) {
  // the second start is 100 ms quicker: what was stripped and compiled is kept in the temporary folder
  const { enableCompileCache } = await import('node:module')
  enableCompileCache()
  await import('./main.ts')
} else {
  console.error(
    `loadtest needs Node 22.22, or 24.6 and newer; this is ${process.version}. In a checkout, npm ci brings a Node 24 that npx and npm run find.`,
  )
  process.exitCode = 3
}
