/** `npm run kafka`: a real Apache Kafka on a free port of this machine, until Ctrl-C. */
import { KAFKA_VERSION, missing, startKafka } from './real-kafka.ts'

const lack = missing()
if (lack !== undefined) {
  console.error(`${lack}: a real Kafka needs Java 17 or newer, and Maven to fetch it`)
  process.exit(3)
}
const stopped = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stopped.abort())
const { signal } = stopped
console.log(`starting Apache Kafka ${KAFKA_VERSION} …`)
try {
  const kafka = await startKafka({ signal })
  console.log(`Apache Kafka ${KAFKA_VERSION} on ${kafka.address}, process ${kafka.pid}. Ctrl-C ends it.`)
  const asked = new Promise<void>(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve())
  })
  await Promise.race([asked, kafka.ended])
  await kafka.stop()
  if (!signal.aborted) {
    console.error('Kafka has ended by itself')
    process.exitCode = 1
  }
} catch (error) {
  if (!signal.aborted) throw error
}
