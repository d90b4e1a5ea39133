/** `npm run test:compat`: the tests with other people's software. Without Java they are skipped, but never in CI. */
import { spawnSync } from 'node:child_process'
import { fetchJars, missing } from './java.ts'

const ci = process.env['CI'] !== undefined && process.env['CI'] !== 'false'
const lack = missing()
const needs = 'they need Java 17 or newer, and Maven to fetch Kafka'
if (lack === undefined) {
  // once, before several files want them
  fetchJars()
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'compat', ...process.argv.slice(2)]
  process.exitCode = spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1
} else if (ci) {
  console.error(`${lack}: the tests with a real Kafka are not skipped in CI; ${needs}`)
  process.exitCode = 1
} else {
  console.log(`skipped: ${lack}; the tests with a real Kafka did not run: ${needs}`)
}
