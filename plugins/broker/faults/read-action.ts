/** Reads `do` of a rule: exactly one action, with its options. */
import { type ErrorName, errorCodes } from '../../protocol/errors.ts'
import type { Act, ActionName } from './act.ts'
import { type Draw, fixed, lognormal, normal, uniform } from './delay.ts'
import type { FieldReader } from './fields.ts'

const ERRORS = Object.keys(errorCodes).filter(name => name !== 'NONE') as ErrorName[]
const FLIPPED_BYTES = 1024

/** Most brokers that a cluster has: whether this one has the broker is told apart. */
type Read = (at: FieldReader, key: ActionName, brokers: number) => Act | undefined

function readDelay(at: FieldReader): Draw | undefined {
  const shapes = at.inside('delay', ['uniform', 'normal', 'lognormal'])
  if (shapes === undefined) {
    const ms = at.duration('delay')
    return ms === undefined ? undefined : fixed(ms)
  }
  const given = (['uniform', 'normal', 'lognormal'] as const).filter(name => shapes.has(name))
  const [name] = given
  if (name === undefined || given.length > 1) {
    return at.fail('delay', at.get('delay'), 'a duration, or one of uniform, normal, lognormal')
  }
  const [first, second] = (
    { uniform: ['min', 'max'], normal: ['mean', 'deviation'], lognormal: ['median', 'p99'] } as const
  )[name]
  const numbers = shapes.inside(name, [first, second])
  if (numbers === undefined) {
    return shapes.fail(name, shapes.get(name), `an object with ${first} and ${second}`)
  }
  const [a, b] = [numbers.needed(first), numbers.needed(second)]
  if (a === undefined || b === undefined) return undefined
  if (name === 'normal') return normal(a, b)
  if (b < a) return numbers.fail(second, numbers.get(second), `at least ${first}`)
  if (name === 'uniform') return uniform(a, b)
  return a > 0 ? lognormal(a, b) : numbers.fail(first, numbers.get(first), 'a duration above 0')
}

const readApplied = (at: FieldReader, key: 'noAnswer' | 'close'): Act | undefined => {
  const options = at.options(key, ['applied'])
  return options && { kind: key, applied: options.flag('applied') ?? false }
}

/** 'next', a broker's id, or an object with `to` and `keys`. */
function readTo(
  at: FieldReader,
  key: ActionName,
  keys: readonly string[],
  brokers: number,
): { readonly to: 'next' | number; readonly inside: FieldReader | undefined } | undefined {
  const inside = at.inside(key, ['to', ...keys])
  const [where, name] = inside === undefined ? [at, key] : [inside, 'to']
  const value = where.get(name) ?? 'next'
  const to = value === 'next' ? 'next' : where.whole(name, 1, brokers, '"next", or a broker’s id')
  return to === undefined ? undefined : { to, inside }
}

const readers: Record<ActionName, Read> = {
  delay: at => {
    const draw = readDelay(at)
    return draw && { kind: 'delay', draw }
  },
  error: at => {
    const inside = at.inside('error', ['code', 'applied'])
    const [where, key] = inside === undefined ? [at, 'error'] : [inside, 'code']
    if (!where.has(key)) return where.fail(key, undefined, 'an error code by its name, it is missing')
    const code = where.name(key, ERRORS, 'an error code by its name')
    return code && { kind: 'error', code, applied: inside?.flag('applied') ?? false }
  },
  noAnswer: at => readApplied(at, 'noAnswer'),
  close: at => readApplied(at, 'close'),
  partialFrame: at => {
    const options = at.options('partialFrame', ['bytes'])
    return options && { kind: 'partialFrame', bytes: options.whole('bytes', 0, 2 ** 30) }
  },
  corrupt: at => {
    const inside = at.inside('corrupt', ['anywhere'])
    if (inside !== undefined) {
      const options = inside.options('anywhere', ['bytes'])
      const bytes = options?.whole('bytes', 1, FLIPPED_BYTES) ?? 1
      return options && { kind: 'corrupt', where: 'anywhere', bytes }
    }
    const where = at.name('corrupt', ['records', 'anywhere'], '"records" or "anywhere"')
    return where && { kind: 'corrupt', where, bytes: 1 }
  },
  throttle: at => {
    const ms = at.duration('throttle')
    return ms === undefined ? undefined : { kind: 'throttle', ms }
  },
  moveLeader: (at, key, brokers) => {
    const read = readTo(at, key, ['topic', 'partition'], brokers)
    if (read === undefined) return undefined
    const { to, inside } = read
    const topic = inside?.text('topic')
    const partition = inside?.whole('partition', 0, 2 ** 31 - 1)
    if (inside && inside.has('topic') !== inside.has('partition')) {
      const missing = inside.has('topic') ? 'partition' : 'topic'
      return inside.fail(missing, undefined, 'topic and partition together, it is missing')
    }
    return { kind: 'moveLeader', to, topic, partition }
  },
  moveCoordinator: (at, key, brokers) => {
    const read = readTo(at, key, ['key'], brokers)
    return read && { kind: 'moveCoordinator', to: read.to, key: read.inside?.text('key') }
  },
  kill: (at, _, brokers) => {
    const options = at.options('kill', ['broker', 'for', 'applied'])
    if (options === undefined) return undefined
    const broker = options.whole('broker', 1, brokers, 'a broker’s id')
    const applied = options.flag('applied') ?? false
    return { kind: 'kill', broker, forMs: options.duration('for'), applied }
  },
  freeze: (at, _, brokers) => {
    const options = at.options('freeze', ['broker', 'for'])
    if (options === undefined) return undefined
    const broker = options.whole('broker', 1, brokers, 'a broker’s id')
    return { kind: 'freeze', broker, forMs: options.duration('for') }
  },
  lose: at => at.options('lose', []) && { kind: 'lose' },
  duplicate: at => at.options('duplicate', []) && { kind: 'duplicate' },
}

export const ACTIONS = Object.keys(readers) as ActionName[]

/** @param at the object below `do`. */
export function readAction(at: FieldReader, brokers: number): Act | undefined {
  const given = ACTIONS.filter(name => at.has(name))
  const [name] = given
  if (name !== undefined && given.length === 1) return readers[name](at, name, brokers)
  if (given.length > 1) return at.fail(given.join(' and '), undefined, 'one action: write a rule for each')
  // What is unknown in it has been told.
  if (!at.empty) return undefined
  return at.fail('', undefined, `one action of ${ACTIONS.join(', ')}`)
}
