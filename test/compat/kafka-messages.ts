/** Kafka's own description of its protocol: the JSON files in its client's jar. */
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { openJar } from './jar.ts'
import { fetchJars } from './java.ts'

export interface KafkaField {
  name: string
  type: string
  versions: string
  nullableVersions?: string
  taggedVersions?: string
  tag?: number
  default?: string | number | boolean
  fields?: KafkaField[]
}
export interface KafkaMessage {
  apiKey: number
  type: string
  name: string
  validVersions: string
  flexibleVersions: string
  fields: KafkaField[]
  commonStructs?: { name: string; fields: KafkaField[] }[]
}

let messages: readonly KafkaMessage[] | undefined

/** All requests and responses; the first call reads them. */
export function kafkaMessages(): readonly KafkaMessage[] {
  if (messages) return messages
  const folder = dirname(fetchJars())
  const clients = readdirSync(folder).find(name => /^kafka-clients-.*\.jar$/.test(name))
  const found: KafkaMessage[] = []
  for (const [name, read] of openJar(join(folder, clients ?? 'kafka-clients.jar'))) {
    if (!/^common\/message\/.*(Request|Response)\.json$/.test(name)) continue
    found.push(JSON.parse(read().replaceAll(/^\s*\/\/.*$/gm, '')))
  }
  messages = found
  return found
}
