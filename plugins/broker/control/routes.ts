/** What the control port does: a line for each path. */
import { ConfigError, type Fault as Wrong } from '../../../core/plugin.ts'
import type { Commands } from '../faults/commands.ts'
import type { Fault, Faults } from '../faults/faults.ts'
import { FieldReader, isPlain } from '../faults/fields.ts'
import type { FaultRule } from '../faults/rule.ts'
import { type Answer, ControlError } from './answer.ts'

/** What the routes act on. */
export interface Controlled {
  readonly faults: Faults
  /** How many brokers the cluster has. */
  readonly brokers: number
  /** Brokers, topics and partitions as they are now. */
  state(): unknown
}

/** A request, taken apart. */
export interface Asked {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  /** JSON of the body; undefined without one. */
  readonly body: unknown
}

interface Route {
  readonly method: string
  /** Parts that begin with `:` are any text. */
  readonly path: string
  run(part: readonly string[], asked: Asked, on: Controlled): Promise<Answer> | Answer
}

/**
 * The fields of a body, each read by `read`.
 * @throws ConfigError with all that is wrong.
 */
function read<T>(body: unknown, keys: readonly string[], fields: (at: FieldReader) => T): T {
  const wrong: Wrong[] = []
  if (!isPlain(body)) {
    throw new ControlError(400, `the body is to be a JSON object with ${keys.join(', ')}`)
  }
  const at = new FieldReader(body, '', keys, fault => wrong.push(fault))
  for (const key of keys) if (!at.has(key)) at.fail(key, undefined, 'a value, it is missing')
  const value = fields(at)
  if (wrong.length > 0) throw new ConfigError(wrong)
  return value
}

function brokerIn(at: FieldReader, brokers: number): number | 'next' {
  const value = at.get('broker')
  return value === 'next' ? 'next' : (at.whole('broker', 1, brokers, '"next", or a broker’s id') ?? 'next')
}

function wholeOf(query: URLSearchParams, name: string): number {
  const text = query.get(name) ?? '0'
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new ControlError(400, `${name} is "${text}": expected a whole number`)
}

function addRules(body: unknown, faults: Faults): readonly Fault[] {
  // both judge what they are given, whatever its type says
  if (Array.isArray(body)) return faults.addAll(body as FaultRule[])
  if (typeof body === 'object' && body !== null) return [faults.add(body as FaultRule)]
  throw new ControlError(400, 'the body is to be a rule or a list of rules, as JSON')
}

function logSince({ log }: Faults, query: URLSearchParams): Answer {
  const after = wholeOf(query, 'after')
  if (!query.has('follow')) return { value: { entries: log.after(after), dropped: log.dropped } }
  return {
    follow: line => {
      for (const entry of log.after(after)) line(entry)
      return log.listen(line)
    },
  }
}

const done: Answer = { value: { done: true } }

/** A command about one broker. */
function onBroker(what: string, run: (commands: Commands, id: number) => Promise<void> | void): Route {
  return {
    method: 'POST',
    path: `/brokers/:id/${what}`,
    run: async ([id = ''], _, { faults }) => {
      if (!/^\d{1,9}$/.test(id)) throw new ControlError(400, `"${id}" is no broker’s id`)
      await run(faults.commands, Number(id))
      return done
    },
  }
}

const routes: readonly Route[] = [
  {
    method: 'POST',
    path: '/faults',
    run: (_, { body }, { faults }) => ({ value: { ids: addRules(body, faults).map(({ id }) => id) } }),
  },
  {
    method: 'GET',
    path: '/faults',
    run: (_, __, { faults }) => ({
      value: faults.list().map(({ id, rule, met, fired }) => ({ id, rule, met, fired })),
    }),
  },
  {
    method: 'DELETE',
    path: '/faults',
    run: (_, __, { faults }) => {
      faults.clear()
      return done
    },
  },
  {
    method: 'DELETE',
    path: '/faults/:id',
    run: ([id = ''], _, { faults }) => {
      if (faults.remove(id)) return done
      throw new ControlError(404, `there is no rule ${id}`)
    },
  },
  { method: 'GET', path: '/log', run: (_, { query }, { faults }) => logSince(faults, query) },
  { method: 'GET', path: '/cluster', run: (_, __, on) => ({ value: on.state() }) },
  onBroker('stop', (commands, id) => commands.kill(id)),
  onBroker('start', (commands, id) => commands.start(id)),
  onBroker('freeze', (commands, id) => void commands.freeze(id)),
  onBroker('unfreeze', (commands, id) => commands.unfreeze(id)),
  {
    method: 'POST',
    path: '/leaders',
    run: (_, { body }, { faults, brokers }) => {
      const asked = read(body, ['topic', 'partition', 'broker'], at => ({
        topic: at.text('topic') ?? '',
        partition: at.whole('partition', 0, 2 ** 31 - 1) ?? 0,
        broker: brokerIn(at, brokers),
      }))
      faults.commands.moveLeader(asked.topic, asked.partition, asked.broker)
      return done
    },
  },
  {
    method: 'POST',
    path: '/coordinators',
    run: (_, { body }, { faults, brokers }) => {
      const asked = read(body, ['key', 'broker'], at => ({
        key: at.text('key') ?? '',
        broker: brokerIn(at, brokers),
      }))
      faults.commands.moveCoordinator(asked.key, asked.broker)
      return done
    },
  },
]

/** What stands in a path where the pattern has `:`; undefined when it does not match. */
function partsOf(pattern: string, path: string): string[] | undefined {
  const [wanted, given] = [pattern.split('/'), path.split('/')]
  const same = wanted.every((part, at) => part === given[at] || (part.startsWith(':') && given[at] !== ''))
  return same && wanted.length === given.length
    ? given.filter((_, at) => wanted[at]!.startsWith(':'))
    : undefined
}

/** @throws ControlError, ConfigError, or RangeError for a broker or partition that is not there. */
export async function answerControl(asked: Asked, on: Controlled): Promise<Answer> {
  const here = routes.flatMap(route => {
    const parts = partsOf(route.path, asked.path)
    return parts === undefined ? [] : [{ route, parts }]
  })
  const found = here.find(({ route }) => route.method === asked.method)
  if (found !== undefined) return found.route.run(found.parts, asked, on)
  if (here.length > 0) {
    throw new ControlError(405, `${asked.path} takes ${here.map(({ route }) => route.method).join(', ')}`)
  }
  const known = [...new Set(routes.map(({ path }) => path))].join(', ')
  throw new ControlError(404, `${asked.path} is not here; there are ${known}`)
}
