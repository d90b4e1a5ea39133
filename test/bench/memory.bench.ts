/**
 * Memory of whole runs in processes of their own, against the embedded broker: held over a minute at 500k/s, and while the
 * broker stands still for half a minute. Two minutes and a half. The other exports are for who tells these figures elsewhere.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { ResultData } from '../../core/result.ts'
import { spawnBroker } from '../../plugins/broker/spawn.ts'
import type { Figure } from './run.ts'

const MIB = 1024 * 1024
const cli = fileURLToPath(new URL('../../core/cli/loadtest.js', import.meta.url))
const config = fileURLToPath(new URL('./memory.config.ts', import.meta.url))

/** What of the result is looked at. */
type Told = Pick<ResultData, 'series' | 'streams'> & {
  readonly metrics: Readonly<Record<string, number>>
  readonly sections: { readonly memory: Readonly<Record<string, number>> }
}

/** Runs the command; `during` begins at t0. */
async function loaded(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  during: (child: ChildProcess) => Promise<void> = async () => undefined,
): Promise<Told> {
  const out = mkdtempSync(join(tmpdir(), 'memory-bench-'))
  const child = spawn(process.execPath, [cli, 'run', '--config', config, '--out', out, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const exit = once(child, 'exit')
    const started = once(child.stdout, 'data')
    await Promise.race([started, exit])
    await during(child)
    const [code] = (await exit) as [number]
    if (code !== 0) throw new Error(`the run ended with code ${code}`)
    return JSON.parse(readFileSync(join(out, 'result.json'), 'utf8')) as Told
  } finally {
    child.kill('SIGKILL')
    rmSync(out, { recursive: true, force: true })
  }
}

/** Records a second of one kind over these seconds of a run, from the first (1) on. */
function rateOver({ series }: Told, kind: 'acked' | 'consumed', from: number, to: number): number {
  const rows = series.filter(row => row.second >= from && row.second <= to)
  return rows.reduce((sum, { streams }) => sum + (streams['default']?.[kind] ?? 0), 0) / (to - from + 1)
}

export interface Steady {
  /** Records a second. */
  readonly acked: number
  readonly consumed: number
  /** Share of the worker's time that it collects garbage. */
  readonly gcShare: number
  /** Bytes that main and worker hold together after a forced collection, at 20 s and at 60 s. */
  readonly held: readonly [early: number, late: number]
}

/** 61 s at 500k/s of 100 B, produced and read back. */
export async function steady(rate = '500k/s'): Promise<Steady> {
  const looks = [20, 60] as const
  const told = await loaded(['--rate', rate, '--duration', `${looks[1] + 1}s`, '--producer.acks', '1'], {
    MEMORY_LOOKS: looks.join(),
  })
  const { metrics, sections } = told
  const held = (second: number) =>
    (metrics[`memory.held${second}`] as number) + (sections.memory[`held${second}`] as number)
  return {
    acked: rateOver(told, 'acked', ...looks),
    consumed: rateOver(told, 'consumed', ...looks),
    gcShare: metrics['memory.gc'] as number,
    held: [held(looks[0]), held(looks[1])],
  }
}

export interface Frozen {
  /** Bytes of the process: the largest before the broker stands still, and after. */
  readonly baseline: number
  readonly peak: number
  /** Records, dropped for want of room. */
  readonly dropped: number
  /** Seconds after which 95 % of what is asked for is acked, and read, in a second; Infinity: never. */
  readonly ackedAgain: number
  readonly consumedAgain: number
  /** Whether every snapshot's account holds: scheduled = acked + failed + unknown + dropped + pending + in flight. */
  readonly identity: boolean
}

/** 50k/s of 1 KiB, and 64 MiB that a producer may hold, against a broker that stands still for half a minute. */
export async function frozen(): Promise<Frozen> {
  const [rate, from, still, after] = [50_000, 20, 30, 15]
  const broker = await spawnBroker({ port: 0 })
  let [baseline, peak] = [0, 0]
  try {
    const args = ['--brokers', broker.address, '--rate', String(rate), '--size', '1KiB']
    const bounds = ['--duration', `${from + still + after}s`, '--producer.buffer', '64MiB']
    const told = await loaded([...args, ...bounds, '--producer.acks', '1'], {}, async child => {
      const looking = setInterval(() => {
        peak = Math.max(peak, rssOf(child.pid as number))
      }, 100)
      await sleep(from * 1000)
      baseline = peak
      process.kill(broker.pid, 'SIGSTOP')
      await sleep(still * 1000)
      process.kill(broker.pid, 'SIGCONT')
      await sleep((after - 1) * 1000)
      clearInterval(looking)
    })
    // a second is told when it is over, so the one in which the broker goes on is not whole
    const again = (kind: 'acked' | 'consumed') => {
      const seconds = told.series.filter(row => row.second > from + still)
      const found = seconds.find(row => (row.streams['default']?.[kind] ?? 0) >= 0.95 * rate)
      return found === undefined ? Number.POSITIVE_INFINITY : found.second - from - still
    }
    const stream = told.streams['default']
    return {
      baseline,
      peak,
      dropped: stream?.phases.measure.counts.dropped['backlog'] ?? 0,
      ackedAgain: again('acked'),
      consumedAgain: again('consumed'),
      identity: stream?.identity.holds ?? false,
    }
  } finally {
    process.kill(broker.pid, 'SIGCONT')
    await broker.close()
  }
}

function rssOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
}

export async function bench(): Promise<Figure[]> {
  const { acked, consumed, gcShare, held } = await steady()
  const still = await frozen()
  return [
    { name: '500k/s of 100 B for a minute: acked', value: acked, unit: '1/s', atLeast: 495_000 },
    { name: '  read back', value: consumed, unit: '1/s', atLeast: 495_000 },
    { name: '  garbage collection, of the worker’s time', value: gcShare * 100, unit: '%', atMost: 2 },
    { name: '  held at 20 s', value: held[0] / MIB, unit: 'MiB' },
    { name: '  more at 60 s', value: (held[1] - held[0]) / MIB, unit: 'MiB', atMost: 5 },
    { name: 'broker still for 30 s: memory before', value: still.baseline / MIB, unit: 'MiB' },
    { name: '  more meanwhile', value: (still.peak - still.baseline) / MIB, unit: 'MiB', atMost: 200 },
    { name: '  records dropped and counted', value: still.dropped, unit: '', atLeast: 1 },
    { name: '  rate back after', value: still.ackedAgain, unit: 's', atMost: 5 },
    { name: '  read back again after', value: still.consumedAgain, unit: 's', atMost: 5 },
    { name: '  account held', value: Number(still.identity), unit: '', atLeast: 1 },
  ]
}
