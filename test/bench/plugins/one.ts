/**
 * A process for each measurement: what other plugins have taught the compiler would count. Its arguments are the names of
 * plugins that are measured together; it prints the median difference in ns a record.
 */
import { fileURLToPath } from 'node:url'
import { sendAll, streamOf } from './empty-sender.ts'
import { configsOf, writesValues } from './samples.ts'

const ROUNDS = 13
/** The compiler is at work. */
const WARM = 3

/** Where files are that samples name. */
const cwd = fileURLToPath(new URL('../../../docs/plugins', import.meta.url))
const names = process.argv.slice(2)
const configs = configsOf(names)
const bare = await streamOf(configs.without, cwd)
const tapped = await streamOf(configs.with, cwd)
const values = names.some(writesValues)
const each = ({ records, ns }: { records: number; ns: number }) => ns / records
const rounds = Array.from({ length: ROUNDS }, () => {
  const without = each(sendAll(bare, false))
  return each(sendAll(tapped, values)) - without
})
const sorted = rounds.slice(WARM).sort((a, b) => a - b)
console.log(JSON.stringify(sorted[sorted.length >> 1]))
process.exit(0)
