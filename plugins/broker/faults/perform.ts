/** Carries out what rules have in store for one request. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Frame } from '../dispatch.ts'
import type { Context } from '../handler.ts'
import type { StorageFault } from '../log/storage-fault.ts'
import type { Act } from './act.ts'
import type { Armed } from './armed.ts'
import { corrupted, partOf, withCorruptRecords } from './bytes.ts'
import { type Call, keyOf, type Place, type Struct } from './call.ts'
import type { Commands } from './commands.ts'
import { errorAnswer, versionOf } from './error-answer.ts'
import { Faulted } from './faulted.ts'
import { type FaultEntry, type FaultLog, type FaultPartition, LOG_PARTITIONS } from './log.ts'

/** A rule that fires at a request, and the places of the request that it meets. */
export interface Hit {
  readonly armed: Armed
  readonly places: readonly Place[]
}

/** A request with the rules that fire at it. */
export interface Scene {
  readonly call: Call
  readonly hits: readonly Hit[]
  /** The one that decides what becomes of the request. */
  readonly decisive: Hit | undefined
  readonly log: FaultLog
  readonly commands: Commands
}

type Kind = Act['kind']
type KindOf<K extends Kind> = Act & { readonly kind: K }

function hitsOf<K extends Kind>({ hits }: Scene, kind: K): (Hit & { readonly act: KindOf<K> })[] {
  return hits.flatMap(hit => {
    const { act } = hit.armed.checked
    return act.kind === kind ? [{ ...hit, act: act as KindOf<K> }] : []
  })
}

/** What the log says of the request. */
function causeOf({ call }: Scene, { armed }: Hit): Partial<FaultEntry> {
  const { api, context, correlationId } = call
  const { version, clientId, connection, node } = context
  const asked = { broker: node.id, api: api.name, version, connection, clientId, correlationId }
  return { rule: armed.id, ...asked }
}

function note(scene: Scene, hit: Hit, did: string, places: readonly FaultPartition[] = hit.places): void {
  const action = hit.armed.checked.act.kind
  const cause = { ...causeOf(scene, hit), action, did }
  scene.log.add(places.length === 0 ? cause : { ...cause, partitions: places.slice(0, LOG_PARTITIONS) })
}

/** What is not possible is no fault, but is told. */
function attempt<T>(scene: Scene, hit: Hit, what: string, run: () => T): T | undefined {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    note(scene, hit, `nothing ${what}: ${error.message}`)
    return undefined
  }
}

/** Whether nobody waits for an answer any more: the broker may have been stopped, and its sockets not know yet. */
function gone({ closed, node }: Context): boolean {
  return closed.aborted || !node.up
}

function move(scene: Scene): void {
  const { call, commands } = scene
  for (const hit of hitsOf(scene, 'moveLeader')) {
    const { to, topic, partition } = hit.act
    const places = topic === undefined ? hit.places : [{ topic, partition }]
    for (const { topic: name, partition: index } of places) {
      if (name === undefined || index === undefined) continue
      attempt(scene, hit, 'moved', () => commands.moveLeader(name, index, to, causeOf(scene, hit)))
    }
  }
  for (const hit of hitsOf(scene, 'moveCoordinator')) {
    const key = hit.act.key ?? keyOf(call)
    if (key === undefined) continue
    attempt(scene, hit, 'moved', () => commands.moveCoordinator(key, hit.act.to, causeOf(scene, hit)))
  }
}

/** Kills and freezes brokers. Resolves when the one that was asked goes on; its own end is `decisive`. */
async function strike(scene: Scene): Promise<void> {
  const { commands, decisive } = scene
  const asked = scene.call.context.node.id
  for (const hit of hitsOf(scene, 'kill')) {
    const { broker = asked, forMs } = hit.act
    if (hit.armed !== decisive?.armed) void commands.kill(broker, forMs, causeOf(scene, hit))
  }
  for (const hit of hitsOf(scene, 'freeze')) {
    const { broker = asked, forMs } = hit.act
    const thawed = attempt(scene, hit, 'frozen', () => commands.freeze(broker, forMs, causeOf(scene, hit)))
    if (broker === asked) await thawed
  }
}

function total(scene: Scene, kind: 'delay' | 'throttle'): number {
  let ms = 0
  for (const hit of scene.hits) {
    const { act } = hit.armed.checked
    if (act.kind !== kind) continue
    const one = act.kind === 'delay' ? act.draw(hit.armed.random) : act.ms
    const shown = Math.round(one * 10) / 10
    const what = act.kind === 'delay' ? 'answered' : 'throttled:'
    note(scene, hit, act.kind === 'delay' ? `${what} ${shown} ms later` : `${what} ${shown} ms`)
    ms += one
  }
  return ms
}

/** Resolves after `ms`, or when the connection is closed. */
async function pause(ms: number, signal: AbortSignal): Promise<undefined> {
  await sleep(ms, undefined, { signal }).catch(() => {})
}

/** For Produce: which batches are lost or doubled. Each is a line of the log, a rule that found none has not fired. */
function storageOf(scene: Scene) {
  const hits = [...hitsOf(scene, 'lose'), ...hitsOf(scene, 'duplicate')]
  if (hits.length === 0) return undefined
  const done = new Set<Armed>()
  const storage = (topic: string, partition: number): StorageFault | undefined => {
    const hit = hits.find(({ armed }) => armed.covers({ topic, partition }))
    if (hit === undefined) return undefined
    const told = (baseOffset: number, records: number) => {
      done.add(hit.armed)
      const did = hit.act.kind === 'lose' ? 'acknowledged, not stored' : 'stored twice'
      note(scene, hit, did, [{ topic, partition, baseOffset, records }])
    }
    return { kind: hit.act.kind, told }
  }
  const settle = () => {
    for (const { armed } of hits) armed.settle(done.has(armed))
  }
  return { storage, settle }
}

/** The request as its handler is to see it. */
async function handled(scene: Scene): Promise<Struct | undefined> {
  const { call, decisive } = scene
  const faults = storageOf(scene)
  const context = faults === undefined ? call.context : { ...call.context, storage: faults.storage }
  try {
    const act = decisive?.armed.checked.act
    if (decisive === undefined || act?.kind !== 'error') return await call.handle(call.request, context)
    const { topic, partition } = decisive.armed.checked.when
    const met = decisive.armed.covers
    const where = { topical: topic !== undefined, partitioned: partition !== undefined, met }
    return await errorAnswer({ ...call, context }, { code: act.code, applied: act.applied, ...where })
  } finally {
    faults?.settle()
  }
}

/** Ends without an answer, after taking effect or not. */
async function unanswered(scene: Scene, hit: Hit, applied: boolean, did: string): Promise<void> {
  if (applied) await handled(scene)
  note(scene, hit, `${did}, ${applied ? 'applied' : 'not applied'}`)
}

function corruptRecords(scene: Scene, hit: Hit, answer: Struct | undefined): Struct | undefined {
  const { armed } = hit
  const { topics } = scene.call.context.cluster
  const covers = (topic: Struct, partition: Struct) => {
    const name = topic['topic'] || topics.byId(String(topic['topicId']))?.name
    return armed.covers({ topic: String(name), partition: Number(partition['partitionIndex']) })
  }
  const wrong = withCorruptRecords(answer, covers, armed.random)
  armed.settle(wrong !== undefined)
  if (wrong !== undefined) note(scene, hit, 'a bit of the records flipped')
  return wrong ?? answer
}

/** The answer, with what is to be wrong about it. */
async function answered(scene: Scene, late: Promise<unknown>, throttleMs: number): Promise<Frame | Faulted> {
  const { call, decisive } = scene
  const act = decisive?.armed.checked.act
  let answer = await handled(scene)
  if (answer !== undefined && throttleMs > 0) answer = { ...answer, throttleTimeMs: Math.ceil(throttleMs) }
  if (decisive !== undefined && act?.kind === 'error') {
    const told = answer === undefined ? 'closed the connection for' : 'answered'
    note(scene, decisive, `${told} ${act.code}, ${act.applied ? 'applied' : 'not applied'}`)
  }
  if (decisive !== undefined && act?.kind === 'corrupt' && act.where === 'records') {
    answer = corruptRecords(scene, decisive, answer)
  }
  await late
  const frame = call.encode(answer, versionOf(call, act?.kind === 'error' ? act.code : undefined))
  if (decisive !== undefined && act?.kind === 'partialFrame') {
    const part = partOf(frame, act.bytes)
    note(scene, decisive, `sent the first ${part?.[0]?.length ?? 0} bytes of the answer and closed`)
    return new Faulted(part)
  }
  // An error that has no answer to be told in ends the connection, as a broker does at acks=0.
  if (act?.kind === 'error' && answer === undefined) return new Faulted(undefined)
  if (decisive === undefined || act?.kind !== 'corrupt' || act.where === 'records') return frame
  note(scene, decisive, `${act.bytes === 1 ? 'a bit' : `${act.bytes} bits`} of the answer flipped`)
  return corrupted(frame, act.bytes, decisive.armed.random)
}

/**
 * Moves leaders and brokers, then handles the request or not, then answers it late, wrong, in part or with an end of the
 * connection. Never settles where the connection is to stay open without an answer.
 */
export async function perform(scene: Scene): Promise<Frame | Faulted> {
  const { call, commands, decisive } = scene
  const { closed, node } = call.context
  move(scene)
  const act = decisive?.armed.checked.act
  if (hitsOf(scene, 'kill').length > 0 || hitsOf(scene, 'freeze').length > 0) {
    await strike(scene)
    if (gone(call.context)) return new Faulted(undefined)
  }
  const delayMs = total(scene, 'delay')
  const throttleMs = total(scene, 'throttle')
  const late = delayMs > 0 ? pause(delayMs, closed) : Promise.resolve()
  if (decisive !== undefined && act?.kind === 'kill') {
    if (act.applied) await handled(scene)
    await late
    if (node.up) void commands.kill(node.id, act.forMs, causeOf(scene, decisive))
    return new Faulted(undefined)
  }
  if (decisive !== undefined && act?.kind === 'close') {
    await unanswered(scene, decisive, act.applied, 'closed the connection')
    await late
    return new Faulted(undefined)
  }
  if (decisive !== undefined && act?.kind === 'noAnswer') {
    await unanswered(scene, decisive, act.applied, 'left without an answer')
    return new Promise<never>(() => {})
  }
  const answer = await answered(scene, late, throttleMs)
  if (throttleMs === 0 || answer instanceof Faulted) return answer
  return new Faulted(answer, pause(throttleMs, closed))
}
