/** All sessions: a file each topic, a line each file. */
import type { Session } from './script.ts'
import { sessions as alterConfigs } from './sessions/alter-configs.ts'
import { sessions as cluster } from './sessions/cluster.ts'
import { sessions as consumerGroups } from './sessions/consumer-groups.ts'
import { sessions as fetch } from './sessions/fetch.ts'
import { sessions as fetchSessions } from './sessions/fetch-sessions.ts'
import { sessions as groups } from './sessions/groups.ts'
import { sessions as hostile } from './sessions/hostile.ts'
import { sessions as offsets } from './sessions/offsets.ts'
import { sessions as produce } from './sessions/produce.ts'
import { sessions as sasl } from './sessions/sasl.ts'
import { sessions as topics } from './sessions/topics.ts'
import { sessions as transactionalOffsets } from './sessions/transactional-offsets.ts'
import { sessions as transactions } from './sessions/transactions.ts'
import { sessions as transactions2 } from './sessions/transactions-2.ts'

export const sessions: readonly Session[] = [
  ...[cluster, topics, alterConfigs],
  ...[produce, fetch, fetchSessions],
  ...[groups, consumerGroups, offsets],
  ...[transactions, transactions2, transactionalOffsets],
  ...[sasl, hostile],
].flat()
