/** The engine's sender with a driver that does nothing: what a record costs before any driver has it. */
import { openHosts } from '../../../core/cli/plan/hosts.ts'
import { nowhere } from '../../../core/cli/plan/nowhere.ts'
import { mergeConfig } from '../../../core/config/merge.ts'
import { resolveConfig } from '../../../core/config/resolve.ts'
import type { Config } from '../../../core/config/types.ts'
import type { HostStream } from '../../../core/host.ts'
import { Ledger } from '../../../core/measure/ledger.ts'
import type { Draft } from '../../../core/record.ts'
import { Sender } from '../../../core/sender.ts'

/** µs between two turns: about as often as a worker wakes up. */
const TURN_US = 1000
/** Bytes of the place that values are written to. */
const ROOM = 1 << 20

/** A stream with its plugins registered and set up, as a worker has it. */
export async function streamOf(config: Config, cwd: string): Promise<HostStream> {
  const source = { value: config, cwd, env: {}, command: 'bench' }
  const merged = await mergeConfig(source)
  const { worker, left } = await openHosts(merged, await resolveConfig(merged))
  const [out] = left
  if (out !== undefined) throw new Error(`${out.plugin} cannot be measured: ${out.why}`)
  return worker.streams[0] as HostStream
}

/** @param values whether they are written too: by the plugin, or by the engine's own filler. */
export function sendAll(stream: HostStream, values: boolean): { records: number; ns: number } {
  const { schedule } = stream
  if (schedule === undefined) throw new Error('the sample has no schedule')
  const { endUs, total } = schedule
  const ledger = new Ledger({ measureFrom: 0, measureTo: endUs, open: true, answers: true })
  let now = 0
  const sender = new Sender({
    stream: stream.config,
    number: 0,
    run: 1,
    seed: 1,
    hooks: stream.hooks,
    ledger,
    schedule,
    endUs,
    now: () => now,
  })
  const fail = (error: unknown) => {
    throw error
  }
  const port = sender.drafting.port(
    () => undefined,
    () => undefined,
    fail,
  )
  const bytes = Buffer.alloc(ROOM)
  const target = { bytes, view: new DataView(bytes.buffer, bytes.byteOffset), start: 0, length: 0 }
  const fill = (draft: Draft) => {
    if (draft.size < 0) return
    target.length = draft.size
    port.fill(draft, target, 0)
  }
  const producer = nowhere(stream.config.topic.partitions, values ? fill : () => undefined)
  sender.attach([{ id: 0, producer }])
  const from = process.hrtime.bigint()
  for (let next = 0; next !== Number.POSITIVE_INFINITY; now = Math.max(now + TURN_US, next))
    next = sender.turn(now)
  const ns = Number(process.hrtime.bigint() - from)
  const made = ledger.counts.generated[1]
  if (made !== total) throw new Error(`${made} of ${total} records were made`)
  return { records: total, ns }
}
