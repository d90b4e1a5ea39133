import type { Cluster } from '../cluster.ts'
import { HOST } from '../nodes.ts'

/** Where the leaders that an answer names can be reached, each once. */
export function endpointsOf(cluster: Cluster, leaders: readonly (number | undefined)[]) {
  return [...new Set(leaders)].flatMap(id => {
    const node = id === undefined ? undefined : cluster.nodes.get(id)
    return node?.up ? [{ nodeId: node.id, host: HOST, port: node.port, rack: null }] : []
  })
}
