/** A client under measurement: a process that tells how many records it has made; its CPU is read as it tells. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { cpuOf } from './cpu.ts'

/** What a line says: records since the client began, and µs of CPU where it counts them itself. */
export interface Told {
  readonly records: number
  readonly cpuUs?: number
}
export interface Client {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** A reader of its lines; undefined for a line that says nothing of it. */
  readonly reader: () => (line: string) => Told | undefined
  /** It has no end of its own, or a later one: it is ended when the interval is over. */
  readonly endless?: boolean
}
export interface Sample extends Told {
  /** ms */
  readonly at: number
  readonly processCpuUs: number
}
export interface Interval {
  readonly records: number
  readonly seconds: number
  readonly cpuUs: number
}
export interface Span {
  /** s from the first record on that are left out. */
  readonly warmup: number
  /** s that are wanted after that. */
  readonly seconds: number
}

/** Beyond what a client takes by itself. */
const PATIENCE_S = 90
/** Two ways to count the same CPU are off by the time that passes between the two looks. */
const CPU_TOLERANCE = 0.05
const CPU_TOLERANCE_US = 100_000
const LAST_WORDS = 12

/** Runs it to its end. `during` may do something to it meanwhile. */
export async function follow(
  client: Client,
  atMostSeconds: number,
  seen: (sample: Sample, child: ChildProcess) => void = () => {},
): Promise<readonly Sample[]> {
  const child = spawn(client.command, client.args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...client.env },
    ...(client.cwd === undefined ? {} : { cwd: client.cwd }),
  })
  const patience = setTimeout(() => child.kill('SIGKILL'), (atMostSeconds + PATIENCE_S) * 1000)
  const stop = () => child.kill('SIGKILL')
  process.once('exit', stop)
  const samples: Sample[] = []
  const words: string[] = []
  const read = client.reader()
  const hear = (line: string) => {
    const told = read(line)
    if (told === undefined) {
      if (line !== '') words.push(line)
      return
    }
    // its last lines may be read when it is gone
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
    const sample = { ...told, at: performance.now(), processCpuUs: cpuOf(child.pid) }
    samples.push(sample)
    seen(sample, child)
  }
  for (const from of [child.stdout, child.stderr]) createInterface({ input: from }).on('line', hear)
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  clearTimeout(patience)
  process.off('exit', stop)
  // a JVM that is asked to end ends with 143
  const asked = client.endless && (signal === 'SIGTERM' || code === 143)
  if (code !== 0 && !asked)
    throw new Error(
      [`${client.command} ended with ${code ?? signal}:`, ...words.slice(-LAST_WORDS)].join('\n  '),
    )
  return samples
}

/** Records and CPU between two moments: start-up is before the first, what it takes to end after the second. */
export async function measure(client: Client, { warmup, seconds }: Span, untilS: number): Promise<Interval> {
  const all: Sample[] = []
  const samples = await follow(client, untilS, (sample, child) => {
    all.push(sample)
    if (client.endless && between(all, { warmup, seconds })?.whole) child.kill('SIGTERM')
  })
  const found = between(samples, { warmup, seconds })
  if (found === undefined)
    throw new Error(`${client.command} made no records for long enough: ${samples.length} samples`)
  const { from, to } = found
  const cpuUs = to.processCpuUs - from.processCpuUs
  if (from.cpuUs !== undefined && to.cpuUs !== undefined) {
    const own = to.cpuUs - from.cpuUs
    if (Math.abs(own - cpuUs) > CPU_TOLERANCE_US + CPU_TOLERANCE * cpuUs)
      throw new Error(`${client.command} counts ${own} µs of CPU, the kernel ${cpuUs}`)
  }
  return { records: to.records - from.records, seconds: (to.at - from.at) / 1000, cpuUs }
}

/** Not whole: it ended before its time, as a consumer does at the end of its topic. */
function between(samples: readonly Sample[], { warmup, seconds }: Span) {
  const moved = samples.filter((s, i) => s.records > (samples[i - 1]?.records ?? 0))
  const begun = moved[0]
  const from = begun && moved.find(s => s.at >= begun.at + warmup * 1000)
  if (from === undefined) return undefined
  const whole = moved.find(s => s.at >= from.at + seconds * 1000)
  // the last one that moved may have stopped within its second
  const to = whole ?? moved.at(-2)
  return to !== undefined && to.at > from.at ? { from, to, whole: whole !== undefined } : undefined
}
