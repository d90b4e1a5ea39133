/** Where the embedded broker answers otherwise than Kafka and stays so. docs/embedded-broker.md shows the reasons. */
export interface Difference {
  /** The API's name in the protocol. */
  readonly api: string
  /** Which session and step: `*` for anything, `{a,b}` for one of some; default all. */
  readonly session?: string
  readonly step?: string
  /** Which fields of the answer, likewise: `topics[*].partitions[*].leaderEpoch`. */
  readonly path: string
  /** A sentence for users. */
  readonly reason: string
}

const UNREAD =
  'Records inside a batch are not read: what only shows there is not refused or put right (records that are not what the header counts or what the codec makes, no keys in a compacted topic, a largest timestamp that none has).'
const UNREAD_STEPS =
  '{count and last offset too large,not what the codec makes,records that end early,a record without its end,a wrong largest timestamp,says log append time,no keys}*'

/** An entry that no longer applies fails the test. */
export const differences: readonly Difference[] = [
  {
    api: 'ApiVersions',
    path: '{supportedFeatures,finalizedFeatures}[{metadata,kraft,share,eligible.leader.replicas}.version]',
    reason:
      'Of the features of a cluster it names those that clients act on, group.version and transaction.version.',
  },
  {
    api: 'ApiVersions',
    step: 'asked',
    path: 'finalizedFeaturesEpoch',
    reason: 'Its features never change, so their epoch is 0.',
  },
  {
    api: 'Metadata',
    session: 'metadata makes topics',
    step: 'asked for the first time',
    path: 'topics[*',
    reason:
      'A topic that is made by asking for it is there in the first answer; Kafka says UNKNOWN_TOPIC_OR_PARTITION first and has it the next time.',
  },
  {
    api: 'Metadata',
    session: 'metadata by id',
    step: 'neither',
    path: '*',
    reason:
      'A topic without a name and an id is an INVALID_REQUEST; Kafka 4.1.1 fails on it with UNKNOWN_SERVER_ERROR.',
  },
  {
    api: 'Fetch',
    step: '{the first batch and a half,two batches but one byte,as it came}',
    path: 'responses[*].partitions[*].records[#*]',
    reason:
      'Whole batches are handed out; Kafka cuts the last one where the bytes are used up, and clients drop what was cut.',
  },
  {
    api: 'Fetch',
    step: '{negative bytes,an unknown isolation}',
    path: '*',
    reason:
      'A negative number of bytes is taken as 0 and an unknown isolation level as READ_UNCOMMITTED; Kafka answers UNKNOWN_SERVER_ERROR.',
  },
  {
    api: 'Fetch',
    step: 'unknown ones between',
    path: 'responses[#*',
    reason:
      'Topics and partitions are answered in the order in which they were asked for; Kafka may change it.',
  },
  {
    api: 'Fetch',
    step: 'one byte',
    path: 'responses[*].partitions[*].abortedTransactions[*]',
    reason:
      'Aborted transactions are listed for the batches that are handed out; Kafka may list later ones of the same segment too.',
  },
  { api: 'Produce', step: UNREAD_STEPS, path: '*', reason: UNREAD },
  { api: 'Fetch', step: UNREAD_STEPS, path: '*', reason: UNREAD },
  {
    api: 'Produce',
    step: 'an unknown codec',
    path: '*.errorCode',
    reason: 'An unknown codec is an UNSUPPORTED_COMPRESSION_TYPE; Kafka answers UNKNOWN_SERVER_ERROR.',
  },
  {
    api: 'JoinGroup',
    step: 'a session timeout too short',
    path: '*',
    reason:
      'A session timeout may be as short as 1 ms, for quick tests; Kafka takes 6 s and more (group.min.session.timeout.ms).',
  },
  {
    api: 'DescribeConfigs',
    step: 'with documentation',
    path: 'results[*].configs[*].documentation',
    reason: 'Configurations are not explained.',
  },
  {
    api: 'IncrementalAlterConfigs',
    step: 'an unknown operation',
    path: '*.errorCode',
    reason: 'An unknown operation is an INVALID_REQUEST; Kafka answers UNKNOWN_SERVER_ERROR.',
  },
  {
    api: 'WriteTxnMarkers',
    step: 'of an old epoch',
    path: '*.errorCode',
    reason: 'A marker of an old epoch is an INVALID_PRODUCER_EPOCH; Kafka answers UNKNOWN_SERVER_ERROR.',
  },
]

/** Sessions that may be skipped because the embedded broker does not have their APIs yet. */
export const maySkip: readonly string[] = []
