/** Ctrl-C and SIGTERM: the first asks, the second insists. */

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** `stop`: drain and report, `cut`: report what there is; what has not ended a second after that is ended. */
export function listenToSignals(said: (text: string) => void): {
  stop: AbortSignal
  cut: AbortSignal
  end(): void
} {
  const stop = new AbortController()
  const cut = new AbortController()
  const on = (signal: (typeof SIGNALS)[number]) => {
    if (!stop.signal.aborted) {
      said('stopping: waiting for what is under way; once more for the report at once')
      stop.abort(signal)
    } else if (!cut.signal.aborted) {
      cut.abort(signal)
      setTimeout(() => process.exit(signal === 'SIGINT' ? 130 : 143), 1000).unref()
    }
  }
  for (const signal of SIGNALS) process.on(signal, on)
  const end = () => SIGNALS.forEach(signal => process.off(signal, on))
  return { stop: stop.signal, cut: cut.signal, end }
}

/** Aborted by the first of them. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController()
  for (const signal of SIGNALS) process.once(signal, () => stop.abort(signal))
  return stop.signal
}
