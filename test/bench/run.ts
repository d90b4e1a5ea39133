/**
 * `npm run bench [name …]`: every *.bench.ts of this folder, or those named, one after the other. A bench prints what it
 * measured beside what is aimed at; a ratio is against something measured in the same sitting. Run it on an idle machine.
 */
import { globSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'

export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** At most this, or at least that; neither: told for comparison. */
  readonly atMost?: number
  readonly atLeast?: number
}

const wanted = process.argv.slice(2)
const found = globSync('*.bench.ts', { cwd: import.meta.dirname }).sort()
const chosen = found.filter(file => wanted.length === 0 || wanted.some(name => file.startsWith(name)))
if (chosen.length === 0) {
  console.error(`no bench of that name; there are ${found.map(f => f.replace('.bench.ts', '')).join(', ')}`)
  process.exit(2)
}
console.log(
  `Node ${process.versions.node}, ${availableParallelism()} cores, load ${loadavg()
    .map(l => l.toFixed(2))
    .join(' ')}`,
)
for (const file of chosen) {
  const { bench } = (await import(`./${file}`)) as { bench(): Promise<readonly Figure[]> }
  console.log(`\n${file.replace('.bench.ts', '')}`)
  for (const { name, value, unit, atMost, atLeast } of await bench()) {
    // not a number is no success
    const missed = !(value <= (atMost ?? value) && value >= (atLeast ?? value))
    const aim = atMost === undefined ? atLeast && `at least ${atLeast}` : `at most ${atMost}`
    if (missed) process.exitCode = 1
    const judged = aim === undefined ? '' : `  ${missed ? 'MISSED' : 'ok'}, ${aim}`
    const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 1 ? 2 : 4
    console.log(`  ${name.padEnd(58)} ${value.toFixed(digits).padStart(10)} ${unit}${judged}`)
  }
}
