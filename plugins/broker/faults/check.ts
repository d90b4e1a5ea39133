/** Judges rules before they are in force. */
import { ConfigError, type Fault } from '../../../core/plugin.ts'
import { handlers } from '../api/table.ts'
import type { Act, CheckedRule, Conditions } from './act.ts'
import { hasError, namesPartitions, namesTopics } from './entries.ts'
import { type Fail, FieldReader, isPlain } from './fields.ts'
import { ACTIONS, readAction } from './read-action.ts'
import type { FaultRule } from './rule.ts'

/** Rules in one list, and in force at the same time. */
export const MAX_RULES = 1000

const CONDITIONS = [
  ...['api', 'broker', 'topic', 'partition', 'clientId', 'after', 'at', 'from', 'until'],
  ...['times', 'probability', 'seed'],
]
const MAX_COUNT = Number.MAX_SAFE_INTEGER

function readConditions(at: FieldReader, brokers: number): Conditions {
  const names = [...handlers.values()].map(({ api }) => api.name)
  const when = {
    api: at.name('api', names, 'the name of an API that is answered here'),
    broker: at.whole('broker', 1, brokers, 'a broker’s id'),
    topic: at.text('topic'),
    partition: at.whole('partition', 0, 2 ** 31 - 1),
    clientId: at.text('clientId'),
    after: at.whole('after', 0, MAX_COUNT) ?? 0,
    at: at.duration('at'),
    from: at.duration('from') ?? 0,
    until: at.duration('until') ?? Number.POSITIVE_INFINITY,
    times: at.whole('times', 1, MAX_COUNT) ?? Number.POSITIVE_INFINITY,
    probability: at.number('probability', 0, 1) ?? 1,
    seed: at.whole('seed', 0, 2 ** 32 - 1),
  }
  if (when.until <= when.from) at.fail('until', at.get('until'), 'later than from')
  if (at.has('partition') && !at.has('topic')) {
    at.fail('topic', undefined, 'a topic for the partition, it is missing')
  }
  const { api } = when
  if (api !== undefined && at.has('topic') && !namesTopics(api)) {
    at.fail('topic', at.get('topic'), `no topic: a request of ${api} has none that is known here`)
  } else if (api !== undefined && at.has('partition') && !namesPartitions(api)) {
    at.fail('partition', at.get('partition'), `no partition: a request of ${api} has none that is known here`)
  }
  if (!at.has('at')) return when
  const others = CONDITIONS.filter(name => name !== 'at' && at.has(name))
  if (others.length > 0) {
    at.fail('at', at.get('at'), `no other condition beside it, there is ${others.join(', ')}`)
  }
  return { ...when, times: 1 }
}

/** What an act needs of the conditions. */
function checkTogether(when: Conditions, act: Act, at: FieldReader): void {
  const only = (api: string) => {
    if (when.api === undefined || when.api === api) return
    at.fail(act.kind, undefined, `when.api ${api}, the rule has ${when.api}`)
  }
  const api = [...handlers.values()].map(each => each.api).find(({ name }) => name === when.api)
  if (act.kind === 'lose' || act.kind === 'duplicate') only('Produce')
  if (act.kind === 'corrupt' && act.where === 'records') only('Fetch')
  if (act.kind === 'error' && api !== undefined && !hasError(api)) {
    at.fail(
      'error',
      act.code,
      `another action: an answer of ${api.name} has no error code that is known here`,
    )
  }
  if (act.kind === 'throttle' && api !== undefined && !('throttleTimeMs' in api.response)) {
    at.fail('throttle', at.get('throttle'), `another action: an answer of ${api.name} tells no throttle time`)
  }
  if (act.kind === 'moveLeader' && act.topic === undefined && api && !namesPartitions(api.name)) {
    at.fail('moveLeader', at.get('moveLeader'), `topic and partition: a request of ${api.name} names none`)
  }
  if (act.kind === 'kill') checkApplied(when, act.broker, at)
  if (when.at === undefined) return
  const expected =
    act.kind === 'kill' || act.kind === 'freeze'
      ? act.broker === undefined && 'a broker to go with when.at'
      : act.kind === 'moveLeader'
        ? act.topic === undefined && 'topic and partition to go with when.at'
        : act.kind === 'moveCoordinator'
          ? act.key === undefined && 'a key to go with when.at'
          : 'kill, freeze, moveLeader or moveCoordinator to go with when.at; for requests there is when.from'
  if (expected) at.fail(act.kind, at.get(act.kind), expected)
}

/** Whether a request takes effect is to be said of one that the kill decides. */
function checkApplied(when: Conditions, broker: number | undefined, at: FieldReader): void {
  const given = at.get('kill')
  if (!isPlain(given) || given['applied'] === undefined) return
  const expected =
    when.at !== undefined
      ? 'no applied with when.at: there is no request'
      : broker !== undefined && broker !== when.broker
        ? 'no applied with a broker that may not be the one asked: name it in when.broker, or leave it out'
        : undefined
  if (expected !== undefined) at.fail('kill.applied', given['applied'], expected)
}

/** The rule as it is carried out; undefined after telling `fail` all that is wrong with it. */
function readRule(given: unknown, path: string, brokers: number, fail: Fail): CheckedRule | undefined {
  let right = true
  const noted: Fail = fault => {
    right = false
    fail(fault)
  }
  if (!isPlain(given)) {
    return void noted({ path, value: given, expected: 'a rule: an object with "when" and "do"' })
  }
  const at = new FieldReader(given, path, ['when', 'do'], noted)
  const conditions = at.has('when')
    ? at.inside('when', CONDITIONS)
    : new FieldReader({}, at.at('when'), CONDITIONS, noted)
  if (conditions === undefined) at.fail('when', at.get('when'), 'an object of conditions')
  const when = conditions && readConditions(conditions, brokers)
  const action = at.inside('do', ACTIONS)
  if (action === undefined) at.fail('do', at.get('do'), 'an object with one action')
  const act = action && readAction(action, brokers)
  // What was not understood would be told a second time.
  if (right && when && act) checkTogether(when, act, action)
  return right && when && act ? { rule: structuredClone<unknown>(given) as FaultRule, when, act } : undefined
}

/**
 * Judges a list of rules.
 * @param brokers how many the cluster has.
 * @throws ConfigError with all faults of all rules: path, value, what was expected.
 */
export function checkRules(given: readonly unknown[], brokers: number): CheckedRule[] {
  const faults: Fault[] = []
  if (given.length > MAX_RULES) {
    throw new ConfigError([{ path: 'rules', value: given.length, expected: `at most ${MAX_RULES} rules` }])
  }
  const rules = given.map((rule, index) => readRule(rule, `rules[${index}]`, brokers, f => faults.push(f)))
  if (faults.length > 0) throw new ConfigError(faults)
  return rules as CheckedRule[]
}

/** As `checkRules`, for one rule. */
export function checkRule(given: unknown, brokers: number): CheckedRule {
  const faults: Fault[] = []
  const rule = readRule(given, '', brokers, fault => faults.push(fault))
  if (rule === undefined) throw new ConfigError(faults)
  return rule
}
