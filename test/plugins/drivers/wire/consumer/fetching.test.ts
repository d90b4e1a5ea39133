import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { Cluster } from '../../../../../plugins/drivers/wire/cluster.ts'
import { Fetching } from '../../../../../plugins/drivers/wire/consumer/fetching.ts'
import { Inbox } from '../../../../../plugins/drivers/wire/consumer/inbox.ts'
import { Links } from '../../../../../plugins/drivers/wire/consumer/links.ts'
import { Partition } from '../../../../../plugins/drivers/wire/consumer/partition.ts'
import { Reports } from '../../../../../plugins/drivers/wire/consumer/reports.ts'
import { tuned } from '../../../../../plugins/drivers/wire/consumer/tuning.ts'

it('asks for a partition without leader now and then, also where every answer is an error at once', async () => {
  // one that is closed answers so: a consumer may be left open when its driver is not
  const cluster = new Cluster(['127.0.0.1:1'], { timeoutMs: 100 })
  cluster.close()
  let errors = 0
  let asked = 0
  const refresh = cluster.refresh.bind(cluster)
  cluster.refresh = topics => {
    // or it would never return
    if (++asked > 1000) return new Promise(() => undefined)
    return refresh(topics)
  }
  const fetching = new Fetching({
    cluster,
    links: new Links(cluster, 'test'),
    tuning: tuned({ timeoutUs: 1e6 }),
    committed: true,
    inbox: new Inbox(),
    reports: new Reports(
      () => errors++,
      () => 0,
    ),
    now: () => 0,
    onOutOfRange: () => undefined,
    onRefused: () => undefined,
  })
  fetching.assign([new Partition('t', 0, 0, -1)])
  await sleep(20)
  fetching.end()
  expect(asked).toBeLessThan(5)
  expect(errors).toBeGreaterThan(0)
})
