/** `loadtest run` against a real Apache Kafka: what the report says is what the log holds. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ResultData } from '../../core/index.ts'
import { javaTool } from './java.ts'
import { type RealKafka, startKafka } from './real-kafka.ts'

const bin = new URL('../../core/cli/loadtest.js', import.meta.url).pathname
let kafka: RealKafka
let cwd: string
beforeAll(async () => {
  kafka = await startKafka()
  cwd = mkdtempSync(join(tmpdir(), 'loadtest-compat-'))
}, 120_000)
afterAll(async () => {
  rmSync(cwd, { recursive: true, force: true })
  await kafka.stop()
})

async function loadtest(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const all = ['run', '--brokers', kafka.address, '--allow-tainted', ...args]
  const child = spawn(process.execPath, [bin, ...all], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { out: '', err: '' }
  child.stdout.on('data', chunk => {
    said.out += String(chunk)
  })
  child.stderr.on('data', chunk => {
    said.err += String(chunk)
  })
  const code = await new Promise<number | null>(resolve => child.once('exit', resolve))
  return { code, ...said }
}
const resultIn = (folder: string) =>
  JSON.parse(readFileSync(join(cwd, folder, 'result.json'), 'utf8')) as ResultData
const topics = () =>
  javaTool('org.apache.kafka.tools.TopicCommand', ['--bootstrap-server', kafka.address, '--list'])

function endOffsets(topic: string): number {
  const args = ['--bootstrap-server', kafka.address, '--topic', topic]
  const lines = javaTool('org.apache.kafka.tools.GetOffsetShell', args).trim().split('\n')
  return lines.reduce((sum, line) => sum + Number(line.split(':')[2]), 0)
}

it('makes its topic, acks what it scheduled, reads it back, and deletes the topic', async () => {
  const { code, out, err } = await loadtest(
    '--topic',
    'orders',
    '--rate',
    '2k/s',
    '--warmup',
    '1s',
    '--duration',
    '5s',
    '--out',
    'made',
  )
  expect(err + out).toContain('PASSED')
  expect(code).toBe(0)
  const { streams, run } = resultIn('made')
  const { phases, identity, topic } = streams['default']!
  expect(identity.holds).toBe(true)
  expect(topic).toBe('orders')
  expect(run.broker).toMatchObject({ embedded: false, addresses: [kafka.address] })
  expect(phases.warmup.counts).toMatchObject({ scheduled: 2000, acked: 2000, consumed: 2000 })
  expect(phases.measure.counts).toMatchObject({ scheduled: 10_000, acked: 10_000, consumed: 10_000 })
  expect(phases.measure.latency['endToEnd']?.acked.count).toBe(10_000)
  expect(topics().split('\n')).not.toContain('orders')
})

it.each(['1', 'all'])(
  'acked (acks %s) equals the end offsets of an existing topic, which is kept',
  async acks => {
    const topic = `kept-${acks}`
    javaTool('org.apache.kafka.tools.TopicCommand', [
      '--bootstrap-server',
      kafka.address,
      '--create',
      '--topic',
      topic,
      '--partitions',
      '3',
    ])
    const { code } = await loadtest(
      '--topic',
      topic,
      '--topic.existing',
      '--producer.acks',
      acks,
      '--producers',
      '2',
      '--rate',
      '3k/s',
      '--warmup',
      '1s',
      '--duration',
      '3s',
      '--out',
      topic,
    )
    expect(code).toBe(0)
    const { warmup, measure } = resultIn(topic).streams['default']!.phases
    expect(warmup.counts.acked + measure.counts.acked).toBe(12_000)
    expect(endOffsets(topic)).toBe(12_000)
  },
)

it('does not write to a topic that is there unless it is told so', async () => {
  javaTool('org.apache.kafka.tools.TopicCommand', [
    '--bootstrap-server',
    kafka.address,
    '--create',
    '--topic',
    'precious',
  ])
  const { code, err } = await loadtest('--topic', 'precious')
  expect(code).toBe(2)
  expect(err).toContain('topic.name is "precious": expected a topic that is not there yet')
  expect(err).toContain('--topic.existing')
  expect(endOffsets('precious')).toBe(0)
})
