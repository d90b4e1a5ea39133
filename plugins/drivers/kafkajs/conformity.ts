/** What kafkajs, or the driver on it, does not do of the conformity suite: test/conformity. A test keeps it true. */

/** Cases of the suite. */
export const CASES = 155

const NO_TRANSACTIONS = 'the driver has no transactions'
const NO_EPOCH_GROUPS = 'kafkajs has no groups of KIP-848'

/** By the name of the case: why it fails. */
export const failures: Readonly<Record<string, string>> = {
  'connect-ipv6': 'kafkajs takes no IPv6 address',
  'unsupported-version': 'is noticed when records are sent, not when the producer opens',
  'record-headers-null': 'kafkajs throws at it: the driver writes an empty one',
  'wire-time': 'kafkajs does not tell when a request was written',
  'codec-snappy': 'kafkajs brings no snappy',
  'codec-lz4': 'kafkajs brings no lz4',
  'consume-snappy': 'kafkajs brings no snappy',
  'consume-lz4': 'kafkajs brings no lz4',
  'retried-until-acked': 'a plain producer does not retry: kafkajs repeats partitions that were written',
  'too-large-together': 'batches are not split',
  'too-large-alone': 'batches are not split: all records of one fail',
  'no-answer': 'a connection that answers nothing is kept, so later records get no answer either',
  'timeout-then-success': 'a plain producer does not retry',
  'never-sent': 'kafkajs tells too late that it could not connect: unknown, where nothing was sent',
  throttle: 'kafkajs keeps to it, and tells nobody',
  'leader-moves': 'what the old leader refuses is unknown: a plain producer does not retry',
  'leader-moves-in-part': 'kafkajs drops the rest of an answer with one error: all of it is unknown',
  'leader-dies': 'records under way are unknown',
  'idempotent-retries': 'a request that is never answered is not tried again',
  'idempotent-out-of-order': 'kafkajs begins no new epoch: records are unknown',
  'idempotent-in-flight': 'a request that is never answered is not tried again',
  'hostile-huge-length': 'kafkajs waits for bytes that never come',
  'hostile-long-length': 'kafkajs waits for bytes that never come',
  'hostile-negative-length': 'kafkajs throws where nobody can catch it: the process would end',
  'hostile-huge-count': 'kafkajs keeps the connection, and tells nobody',
  'hostile-negative-count': 'kafkajs keeps the connection, and tells nobody',
  'hostile-truncated': 'kafkajs keeps the connection, and tells nobody',
  'hostile-foreign': 'kafkajs takes it for a length, and waits',
  'hostile-unasked': 'kafkajs ignores the answer, and keeps the connection',
  'hostile-batch-count': 'kafkajs tells nobody',
  'hostile-batch-negative-count': 'kafkajs tells nobody',
  'hostile-batch-length': 'kafkajs tells nobody',
  'consume-out-of-range': 'reading goes on, and nobody is told',
  'consume-corrupt': 'the batch is fetched again, and nobody is told',
  'consume-on': 'an error of Fetch that kafkajs does not retry ends the consumer',
  'group-static': 'kafkajs has no static members',
  'group-cooperative': 'the driver has round robin, and no other assignor',
  'group-consumer-protocol': NO_EPOCH_GROUPS,
  'group-consumer-protocol-resumed': NO_EPOCH_GROUPS,
  'transaction-ends': NO_TRANSACTIONS,
  'transaction-empty': NO_TRANSACTIONS,
  'transaction-fenced': NO_TRANSACTIONS,
  'transaction-offsets': NO_TRANSACTIONS,
  'transaction-refused-record': NO_TRANSACTIONS,
  'transaction-mishaps': NO_TRANSACTIONS,
  'transaction-unknown': NO_TRANSACTIONS,
  'transaction-misused': NO_TRANSACTIONS,
}
