/** The broker stands still for half a minute at 50k/s of 1 KiB: what memory that takes, what is dropped, when it is over. */
import { follow, type Sample } from './client.ts'
import { engine } from './contenders.ts'
import { rssOf } from './cpu.ts'
import { resultIn } from './place.ts'
import type { Measured, Round } from './round.ts'

const RATE = 50_000
/** s before it, during it, and after it. */
const PHASES = [10, 30, 20] as const
const QUICK_PHASES = [6, 6, 12] as const
/** The rate is back when it holds from there on for so many seconds. */
const STEADY_S = 5
const STEADY_SHARE = 0.95

export async function measureFrozen({ place, topic, quick, show }: Round): Promise<Measured> {
  const [before, during, after] = quick ? QUICK_PHASES : PHASES
  const out = place.folder()
  const start = engine('frozen', { out, topic: ['--topic', topic, '--topic.existing'], rate: `${RATE}/s` })
  const seconds = before + during + after
  const { brokers, pid } = place
  const client = start({ brokers, topic, partitions: 12, size: 1024, keys: 0, seconds, warmup: 2 })
  show(client)
  let [baseline, peak, frozenAt, thawedAt] = [0, 0, 0, 0]
  const samples: Sample[] = []
  try {
    await follow(client, seconds, (sample, child) => {
      const rss = rssOf(child.pid as number)
      samples.push(sample)
      if (samples.length <= before) baseline = Math.max(baseline, rss)
      else peak = Math.max(peak, rss)
      if (samples.length === before) {
        process.kill(pid, 'SIGSTOP')
        frozenAt = sample.at
      }
      if (samples.length === before + during) {
        process.kill(pid, 'SIGCONT')
        thawedAt = sample.at
      }
    })
  } finally {
    process.kill(pid, 'SIGCONT')
  }
  const { streams } = resultIn(out)
  const { counts } = streams['default']!.phases.measure
  return {
    baselineMiB: baseline / 2 ** 20,
    grownMiB: (peak - baseline) / 2 ** 20,
    dropped: counts.dropped['backlog'] ?? 0,
    unanswered: counts.failed + counts.unknown,
    frozenS: (thawedAt - frozenAt) / 1000,
    backS: backAfter(samples, thawedAt),
  }
}

/** s from the thaw to the first second of those in which the rate holds; infinite where it does not. */
function backAfter(samples: readonly Sample[], thawedAt: number): number {
  const holds = samples.map((s, i) => s.records - (samples[i - 1]?.records ?? 0) >= RATE * STEADY_SHARE)
  const back = samples.findIndex(
    (s, i) =>
      s.at > thawedAt &&
      holds.slice(i, i + STEADY_S).length === STEADY_S &&
      holds.slice(i, i + STEADY_S).every(Boolean),
  )
  const sample = samples[back]
  // the second that holds began one second before it was told
  return sample === undefined ? Number.POSITIVE_INFINITY : Math.max(0, (sample.at - thawedAt) / 1000 - 1)
}
