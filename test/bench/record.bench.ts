/** ns a record: the sender with four trivial taps over the same sender with none, and recording into a histogram. */
import { build, initWebAssembly } from 'hdr-histogram-js'
import { mergeConfig } from '../../core/config/merge.ts'
import { resolveConfig } from '../../core/config/resolve.ts'
import type { Producer } from '../../core/driver.ts'
import { createStreamHooks, type StreamHooks } from '../../core/hooks.ts'
import { Recorder } from '../../core/measure/histogram.ts'
import { Ledger } from '../../core/measure/ledger.ts'
import { createSchedule } from '../../core/schedule.ts'
import { Sender } from '../../core/sender.ts'
import { tapsOf } from '../../core/tap.ts'
import type { Figure } from './run.ts'

const RECORDS = 4_000_000
const ROUNDS = 7

const swallow: Producer = {
  room: () => true,
  append: () => undefined,
  held: () => undefined,
  partitions: () => 1,
  begin: () => undefined,
  end: async () => 'unknown' as const,
  flush: async () => undefined,
  close: async () => undefined,
}

async function sender(taps: boolean): Promise<() => void> {
  const source = { value: { consumers: 0 }, cwd: process.cwd(), env: {}, command: 'bench' }
  const { streams } = await resolveConfig(await mergeConfig(source))
  const hooks = createStreamHooks()
  const context = { plugin: 'bench', sealed: () => false, deadline: () => 0 }
  const view = tapsOf<StreamHooks>(hooks as never, context)
  if (taps) {
    view.keyFor.tap((_key, draft) => draft.index)
    view.sizeFor.tap(bytes => bytes)
    view.partitionFor.tap(() => 0)
    view.beforeSend.tap(draft => {
      draft.timestamp = 1
    })
  }
  return () => {
    const schedule = createSchedule([{ from: 0, to: 1e6, start: RECORDS, end: RECORDS }])
    const ledger = new Ledger({ measureFrom: 0, measureTo: 1e6, open: true, answers: true })
    let now = 0
    const s = new Sender({
      stream: streams[0]!,
      number: 0,
      run: 1,
      seed: 1,
      hooks,
      ledger,
      schedule,
      endUs: 1e6,
      now: () => now,
    })
    s.attach([{ id: 0, producer: swallow }])
    while (s.turn(now) !== Number.POSITIVE_INFINITY) now += 50
    if (ledger.counts.enqueued[1] !== RECORDS) throw new Error('not all records were sent')
  }
}

function nsEach(fn: () => void, n: number): number {
  const from = process.hrtime.bigint()
  fn()
  return Number(process.hrtime.bigint() - from) / n
}
const median = (all: number[]) => all.sort((a, b) => a - b)[all.length >> 1] as number

export async function bench(): Promise<Figure[]> {
  const [bare, tapped] = [await sender(false), await sender(true)]
  const rounds = Array.from({ length: ROUNDS }, () => ({
    bare: nsEach(bare, RECORDS),
    tapped: nsEach(tapped, RECORDS),
  }))
  await initWebAssembly()
  const library = build({
    highestTrackableValue: 3_600_000_000,
    numberOfSignificantValueDigits: 3,
    useWebAssembly: true,
  })
  const ours = new Recorder()
  const values = Uint32Array.from({ length: 1 << 16 }, (_, i) => (Math.imul(i, 0x9e3779b1) >>> 0) % 5_000_000)
  const each = (record: (value: number) => void) => () => {
    for (let i = 0; i < RECORDS; i++) record(values[i & 0xffff] as number)
  }
  const histograms = Array.from({ length: ROUNDS }, () => ({
    ours: nsEach(
      each(v => ours.record(v)),
      RECORDS,
    ),
    library: nsEach(
      each(v => library.recordValue(v)),
      RECORDS,
    ),
  }))
  library.destroy()
  const of = <T>(all: readonly T[], pick: (one: T) => number) => median(all.slice(2).map(pick))
  return [
    { name: 'sender, no tap', value: of(rounds, r => r.bare), unit: 'ns a record' },
    { name: 'sender, four trivial taps', value: of(rounds, r => r.tapped), unit: 'ns a record' },
    {
      name: 'four trivial taps over none',
      value: of(rounds, r => r.tapped - r.bare),
      unit: 'ns a record',
      atMost: 25,
    },
    { name: 'histogram: recording a value', value: of(histograms, r => r.ours), unit: 'ns' },
    { name: 'the same with hdr-histogram-js (WASM)', value: of(histograms, r => r.library), unit: 'ns' },
  ]
}
