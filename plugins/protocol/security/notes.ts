/** What a user has to know of settings that are allowed and dangerous. */
import type { Run, Security } from '../../../core/plugin.ts'

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\]):\d+$/

/** Sentences for the console and the report. */
export function securityNotes({ tls, sasl }: Security, brokers: readonly string[]): string[] {
  const notes: string[] = []
  if (tls?.rejectUnauthorized === false)
    notes.push(
      'tls.rejectUnauthorized is false: certificates of brokers are not verified, anybody on the way can read and change everything',
    )
  const far = brokers.filter(address => !LOOPBACK.test(address))
  if (sasl !== undefined && tls === undefined && far.length > 0) {
    const shown = sasl.mechanism === 'plain' || sasl.mechanism === 'oauthbearer'
    const what = shown
      ? `who listens reads the ${sasl.mechanism === 'plain' ? 'password' : 'token'}`
      : 'who listens can try passwords on what is sent'
    notes.push(`sasl.mechanism is ${sasl.mechanism} without tls: on the way to ${far.join(', ')} ${what}`)
  }
  return notes
}

/** Tells them, once for the run: on the console and as events of the result. */
export function tellNotes(run: Run, brokers: readonly string[]): void {
  if (run.role !== 'main') return
  for (const title of securityNotes(run.config, brokers)) {
    run.log.warn(title)
    run.emit({ kind: 'note', at: run.now(), title })
  }
}
