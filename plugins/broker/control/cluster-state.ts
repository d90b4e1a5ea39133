import type { Cluster } from '../cluster.ts'
import { HOST } from '../nodes.ts'

/** The cluster as the control port tells it. */
export function clusterState(cluster: Cluster, frozen: (id: number) => boolean) {
  const brokers = cluster.nodes.all.map(({ id, port, up }) => ({
    id,
    address: `${HOST}:${port}`,
    up,
    frozen: frozen(id),
  }))
  const topics = [...cluster.topics.all()].map(({ name, id, partitions }) => ({
    topic: name,
    id,
    partitions: partitions.map(({ index, leadership, log }) => ({
      partition: index,
      leader: leadership.leader,
      epoch: leadership.epoch,
      replicas: leadership.replicas,
      isr: leadership.isr,
      logStartOffset: log.logStartOffset,
      logEndOffset: log.logEndOffset,
    })),
  }))
  return { clusterId: cluster.clusterId, controller: cluster.nodes.controller?.id ?? -1, brokers, topics }
}
