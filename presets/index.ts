/** The built-in presets: `import { presets } from 'kafka-loadtest/presets'`, then `extends: [presets.latency({ p99: '10ms' })]` */
import { burst } from './burst.ts'
import { catchUp } from './catch-up.ts'
import { consumerGroup } from './consumer-group.ts'
import { hotKey } from './hot-key.ts'
import { largeMessages } from './large-messages.ts'
import { latency } from './latency.ts'
import { mixed } from './mixed.ts'
import { partition } from './partition.ts'
import { smallMessages } from './small-messages.ts'
import { smoke } from './smoke.ts'
import { soak } from './soak.ts'
import { stress } from './stress.ts'
import { sustained } from './sustained.ts'
import { throughput } from './throughput.ts'
import { transactions } from './transactions.ts'

export const presets = {
  throughput,
  latency,
  mixed,
  stress,
  sustained,
  soak,
  burst,
  partition,
  consumerGroup,
  largeMessages,
  smallMessages,
  catchUp,
  transactions,
  hotKey,
  smoke,
}
