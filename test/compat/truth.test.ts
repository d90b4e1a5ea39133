/** Scripted sessions against the embedded broker and against a real Kafka: the answers are the same, or the difference is listed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BrokerProcess, spawnBroker } from '../../plugins/broker/spawn.ts'
import { type RealKafka, startKafka } from './real-kafka.ts'
import { compare, listed, tell } from './truth/compare.ts'
import { type Difference, differences, maySkip } from './truth/differences.ts'
import { Script, type Session, SilentError, type Step } from './truth/script.ts'
import { sessions } from './truth/sessions.ts'
import { common, type Range, type Target, targetAt, warmUp } from './truth/target.ts'

let real: RealKafka
let broker: BrokerProcess
let kafka: Target
let embedded: Target
let apis: ReadonlyMap<string, Range>
const now = Date.now()
const skipped: string[] = []
const ran: string[] = []
const asked = new Set<string>()
const seen = new Set<Difference>()

beforeAll(async () => {
  broker = await spawnBroker({ port: 0 })
  real = await startKafka({
    settings: {
      'auto.create.topics.enable': true,
      'transaction.abort.timed.out.transaction.cleanup.interval.ms': 500,
    },
    quiet: true,
  })
  kafka = await targetAt(real.address)
  embedded = await targetAt(broker.address)
  apis = common(kafka, embedded)
  await Promise.all([warmUp(kafka), warmUp(embedded)])
}, 120_000)
afterAll(async () => {
  await Promise.all([real?.stop(), broker?.close()])
})

async function record(session: Session, target: Target): Promise<readonly Step[]> {
  const script = new Script(target.port, apis, now)
  try {
    await session.run(script)
  } catch (error) {
    if (!(error instanceof SilentError)) throw error
  } finally {
    script.close()
    for (const each of script.asked) asked.add(each)
  }
  return script.steps
}

it('serves no API and no version that Kafka does not', () => {
  for (const [name, { min, max }] of embedded.apis) {
    const theirs = kafka.apis.get(name)
    expect(theirs, name).toBeDefined()
    expect(min, name).toBeGreaterThanOrEqual(theirs!.min)
    expect(max, name).toBeLessThanOrEqual(theirs!.max)
  }
})

describe.concurrent('the same answers', () => {
  it.each(sessions.map(session => [session.name, session] as const))('%s', async (name, session) => {
    const lacks = session.needs.filter(each => !apis.has(each))
    if (lacks.length > 0) {
      skipped.push(name)
      console.warn(`skipped: ${name}: the embedded broker does not serve ${lacks.join(', ')}`)
      return
    }
    ran.push(name)
    const [theirs, ours] = await Promise.all([record(session, kafka), record(session, embedded)])
    expect(theirs.length, 'steps recorded').toBeGreaterThan(0)
    const unlisted = compare(name, theirs, ours).filter(each => {
      const difference = listed(each)
      if (difference) seen.add(difference)
      return difference === undefined
    })
    if (unlisted.length > 0) throw new Error(`${name}: not what Kafka answers\n${tell(unlisted)}`)
  })
})

describe('over all sessions', () => {
  const all = () => ran.length + skipped.length === sessions.length

  it('skips those that are listed, and no others', ({ skip }) => {
    if (!all()) skip('only some of the sessions were run')
    expect([...skipped].sort()).toEqual([...maySkip].sort())
  })

  it('asks for every version of every API that both serve', ({ skip }) => {
    if (!all()) skip('only some of the sessions were run')
    const served = [...apis].flatMap(([name, { min, max }]) =>
      Array.from({ length: max - min + 1 }, (_, n) => `${name} v${min + n}`),
    )
    expect(served.filter(each => !asked.has(each))).toEqual([])
  })

  it('lists no difference that is not there', ({ skip }) => {
    if (!all()) skip('only some of the sessions were run')
    expect(differences.filter(each => !seen.has(each))).toEqual([])
  })
})
