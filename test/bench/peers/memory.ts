/** 60 s at 500k/s against the embedded broker: what collecting garbage takes, and what stays. */

import { follow } from './client.ts'
import { engine } from './contenders.ts'
import { resultIn } from './place.ts'
import type { Measured, Round } from './round.ts'

const RATE = 500_000
const LOOKS_S = [20, 60] as const
const QUICK_LOOKS_S = [3, 8] as const

/** As memory.config.ts leaves it in the result. */
interface Memory {
  readonly main: { readonly held: readonly number[] }
  readonly worker: { readonly held: readonly number[]; readonly gcShare: number }
}

export function measureMemory({ place, quick, show }: Round): Promise<Measured> {
  const looks = quick ? QUICK_LOOKS_S : LOOKS_S
  return place.embedded(async brokers => {
    const out = place.folder()
    const start = engine('memory', {
      out,
      topic: ['--topic.partitions', '12'],
      rate: `${RATE}/s`,
      env: { PEERS_LOOKS_S: looks.join(',') },
    })
    const seconds = looks[1] + 2
    const work = { brokers, topic: '', partitions: 12, size: 100, keys: 0, seconds, warmup: 2 }
    const client = start(work)
    show(client)
    await follow(client, seconds)
    const { sections, streams } = resultIn(out)
    const { main, worker } = sections['memory'] as Memory
    const held = (look: number) => (main.held[look] ?? Number.NaN) + (worker.held[look] ?? Number.NaN)
    const { counts } = streams['default']!.phases.measure
    return {
      gcShare: worker.gcShare * 100,
      grownMiB: (held(1) - held(0)) / 2 ** 20,
      heldMiB: held(1) / 2 ** 20,
      rate: counts.acked / (seconds - 2),
    }
  })
}
