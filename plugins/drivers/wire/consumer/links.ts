/** Connections of one consumer for one purpose: nobody else's requests wait behind its own. */
import type { Cluster } from '../cluster.ts'
import { LinkError } from '../failure.ts'
import type { Link } from '../link.ts'

export class Links {
  readonly #cluster: Cluster
  readonly #purpose: string
  readonly #links = new Set<Link>()
  #ended = false

  constructor(cluster: Cluster, purpose: string) {
    this.#cluster = cluster
    this.#purpose = purpose
  }

  /** @throws LinkError, also once they have ended. */
  async to(node: number): Promise<Link> {
    if (this.#ended) throw over()
    const link = await this.#cluster.link(node, this.#purpose)
    if (this.#ended) {
      link.close()
      throw over()
    }
    if (!this.#links.has(link)) {
      this.#links.add(link)
      link.onEnd(() => this.#links.delete(link))
    }
    return link
  }

  /** Hangs up; what waits for an answer is rejected. */
  close(): void {
    for (const link of [...this.#links]) link.close()
  }
  end(): void {
    this.#ended = true
    this.close()
  }
}

function over(): LinkError {
  return new LinkError({ host: 'the consumer', port: 0 }, 'closed', 'it has left')
}
