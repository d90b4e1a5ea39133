import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../../core/plugin.ts'
import { checkRule, checkRules } from '../../../plugins/broker/faults/check.ts'

/** What is said about a rule, `when` and `do` as they are given. */
function saidOf(when: unknown, action: unknown): string[] {
  try {
    checkRule({ when, do: action }, 3)
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n').map(line => line.trim())
    throw error
  }
  return []
}

const lose = { lose: true }
const duration = 'expected a duration such as "250ms" or "2s", or seconds; at most 24h'

describe('a rule that is right', () => {
  it.each([
    [undefined, lose],
    [{ api: 'Produce', broker: 3, topic: 't', partition: 0, clientId: 'c', after: 2, times: 1 }, lose],
    [{ from: '1s', until: 2.5, probability: 1, seed: 0 }, { delay: 0.2 }],
    [{}, { delay: { uniform: { min: 0, max: '1s' } } }],
    [{}, { delay: { normal: { mean: '10ms', deviation: '2ms' } } }],
    [{}, { delay: { lognormal: { median: '10ms', p99: '80ms' } } }],
    [{ api: 'Fetch' }, { error: { code: 'NOT_LEADER_OR_FOLLOWER', applied: true } }],
    [{}, { noAnswer: true }],
    [{}, { close: { applied: true } }],
    [{}, { partialFrame: { bytes: 5 } }],
    [{}, { corrupt: { anywhere: { bytes: 3 } } }],
    [{}, { throttle: '1s' }],
    [{}, { moveLeader: 'next' }],
    [{ at: '5s' }, { moveLeader: { topic: 't', partition: 0, to: 2 } }],
    [{ at: '5s' }, { moveCoordinator: { key: 'g' } }],
    [{ at: '5s' }, { kill: { broker: 1, for: '2s' } }],
    [{ api: 'Produce' }, { kill: { applied: true } }],
    [{ broker: 2 }, { kill: { broker: 2, applied: true } }],
    [{ at: 0 }, { freeze: { broker: 1 } }],
  ])('%j %j', (when, action) => {
    expect(saidOf(when, action)).toEqual([])
  })
})

describe('a rule that is wrong', () => {
  it.each([
    [
      { api: 'Prodcue' },
      lose,
      ['when.api is "Prodcue": expected the name of an API that is answered here', 'did you mean Produce?'],
    ],
    [{ apis: 'Produce' }, lose, ['when.apis is "Produce": expected a known key', 'did you mean api?']],
    [{ broker: 4 }, lose, ['when.broker is 4: expected a broker’s id from 1 to 3']],
    [{ partition: 1 }, lose, ['when.topic: expected a topic for the partition, it is missing']],
    [{ topic: '' }, lose, ['when.topic is "": expected a text']],
    [{ after: -1 }, lose, ['when.after is -1: expected a whole number from 0 to 9007199254740991']],
    [{ from: '2s', until: '1s' }, lose, ['when.until is "1s": expected later than from']],
    [{ from: 'soon' }, lose, [`when.from is "soon": ${duration}`]],
    [{ until: '25h' }, lose, [`when.until is "25h": ${duration}`]],
    [{ probability: 0 }, lose, ['when.probability is 0: expected a number above 0, at most 1']],
    [{ seed: 0.5 }, lose, ['when.seed is 0.5: expected a whole number from 0 to 4294967295']],
    ['all', lose, ['when is "all": expected an object of conditions']],
    [{}, undefined, ['do: expected an object with one action']],
    [{}, { delay: '1s', close: true }, ['do.delay and close: expected one action: write a rule for each']],
    [{}, { dealy: '1s' }, ['do.dealy is "1s": expected a known key', 'did you mean delay?']],
    [{}, {}, [expect.stringMatching(/^do: expected one action of delay, error, /)]],
    [
      {},
      { error: 'NOT_LEADER' },
      [
        'do.error is "NOT_LEADER": expected an error code by its name',
        'did you mean NOT_LEADER_OR_FOLLOWER?',
      ],
    ],
    [
      {},
      { error: 'NOT_LEADER_OR_FOLOWER' },
      [
        'do.error is "NOT_LEADER_OR_FOLOWER": expected an error code by its name',
        'did you mean NOT_LEADER_OR_FOLLOWER?',
      ],
    ],
    [
      {},
      { error: 7 },
      ['do.error is 7: expected an error code by its name', expect.stringMatching(/^the nearest is /)],
    ],
    [
      { api: 'Nonsense' },
      lose,
      ['when.api is "Nonsense": expected the name of an API that is answered here', expect.any(String)],
    ],
    [{}, { error: {} }, ['do.error.code: expected an error code by its name, it is missing']],
    [
      {},
      { delay: { uniform: { min: '2s', max: '1s' } } },
      ['do.delay.uniform.max is "1s": expected at least min'],
    ],
    [
      {},
      { delay: { uniform: { min: '2s' } } },
      ['do.delay.uniform.max: expected a duration such as "250ms", it is missing'],
    ],
    [{}, { delay: { uniform: 5 } }, ['do.delay.uniform is 5: expected an object with min and max']],
    [{}, { delay: {} }, ['do.delay is {}: expected a duration, or one of uniform, normal, lognormal']],
    [
      {},
      { delay: { lognormal: { median: 0, p99: 1 } } },
      ['do.delay.lognormal.median is 0: expected a duration above 0'],
    ],
    [{}, { close: 'yes' }, ['do.close is "yes": expected true, or an object with applied']],
    [{}, { lose: false }, ['do.lose is false: expected true']],
    [{}, { kill: { broker: 9 } }, ['do.kill.broker is 9: expected a broker’s id from 1 to 3']],
    [{}, { moveLeader: 'last' }, ['do.moveLeader is "last": expected "next", or a broker’s id from 1 to 3']],
    [{ at: '1s' }, { freeze: { broker: 9 } }, ['do.freeze.broker is 9: expected a broker’s id from 1 to 3']],
    [
      {},
      { moveLeader: { topic: 't' } },
      ['do.moveLeader.partition: expected topic and partition together, it is missing'],
    ],
  ])('%j %j', (when, action, said) => {
    expect(saidOf(when, action)).toEqual(said)
  })
})

describe('what does not go together', () => {
  it.each([
    [{ api: 'Fetch' }, lose, ['do.lose: expected when.api Produce, the rule has Fetch']],
    [
      { api: 'Produce' },
      { corrupt: 'records' },
      ['do.corrupt: expected when.api Fetch, the rule has Produce'],
    ],
    [
      { api: 'WriteTxnMarkers' },
      { error: 'NOT_COORDINATOR' },
      [
        'do.error is "NOT_COORDINATOR": expected another action: an answer of WriteTxnMarkers has no error code that is known here',
      ],
    ],
    [
      { api: 'SaslHandshake' },
      { throttle: '1s' },
      ['do.throttle is "1s": expected another action: an answer of SaslHandshake tells no throttle time'],
    ],
    [
      { api: 'Heartbeat', topic: 't' },
      { close: true },
      ['when.topic is "t": expected no topic: a request of Heartbeat has none that is known here'],
    ],
    [
      { api: 'CreateTopics', topic: 't', partition: 1 },
      { close: true },
      ['when.partition is 1: expected no partition: a request of CreateTopics has none that is known here'],
    ],
    [
      { api: 'Heartbeat' },
      { moveLeader: 'next' },
      ['do.moveLeader is "next": expected topic and partition: a request of Heartbeat names none'],
    ],
    [{ at: '1s' }, { kill: true }, ['do.kill is true: expected a broker to go with when.at']],
    [
      { at: '1s' },
      { moveLeader: 'next' },
      ['do.moveLeader is "next": expected topic and partition to go with when.at'],
    ],
    [
      { at: '1s' },
      { moveCoordinator: 'next' },
      ['do.moveCoordinator is "next": expected a key to go with when.at'],
    ],
    [
      { at: '1s' },
      { close: true },
      [
        'do.close is true: expected kill, freeze, moveLeader or moveCoordinator to go with when.at; for requests there is when.from',
      ],
    ],
    [
      { at: '1s' },
      { kill: { broker: 1, applied: true } },
      ['do.kill.applied is true: expected no applied with when.at: there is no request'],
    ],
    [
      {},
      { kill: { broker: 2, applied: true } },
      [
        'do.kill.applied is true: expected no applied with a broker that may not be the one asked: name it in when.broker, or leave it out',
      ],
    ],
    [
      { broker: 1 },
      { kill: { broker: 2, applied: true } },
      [
        'do.kill.applied is true: expected no applied with a broker that may not be the one asked: name it in when.broker, or leave it out',
      ],
    ],
    [
      { at: '1s', broker: 1 },
      { kill: { broker: 1 } },
      ['when.at is "1s": expected no other condition beside it, there is broker'],
    ],
  ])('%j %j', (when, action, said) => {
    expect(saidOf(when, action)).toEqual(said)
  })
})

it('all faults of all rules are told at once', () => {
  const rules = [{ do: lose }, { when: { api: 'X', after: 'x' }, do: { delay: 'x' } }, 5]
  expect(() => checkRules(rules, 1)).toThrow(
    expect.objectContaining({
      faults: [
        expect.objectContaining({ path: 'rules[1].when.api' }),
        expect.objectContaining({ path: 'rules[1].when.after' }),
        expect.objectContaining({ path: 'rules[1].do.delay' }),
        expect.objectContaining({ path: 'rules[2]', value: 5 }),
      ],
    }),
  )
  expect(() => checkRules(Array(1001).fill({ do: lose }), 1)).toThrow(
    'rules is 1001: expected at most 1000 rules',
  )
})
