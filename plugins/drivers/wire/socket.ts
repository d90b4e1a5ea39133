/** The one place where a socket is made: plain, or with TLS, which is loaded when it is asked for. */
import { connect, type Socket } from 'node:net'
import type { Security } from '../../../core/plugin.ts'
import { type Address, type LinkError, refusal } from './failure.ts'
import type { Intake } from './intake.ts'

/** @throws LinkError within `timeoutMs`. */
export async function connected(
  address: Address,
  timeoutMs: number,
  intake: Intake,
  tls?: Security['tls'],
): Promise<Socket> {
  if (tls !== undefined)
    return (await import('./security/tls.ts')).connectTls(address, timeoutMs, tls, intake)
  const error = (cause: Error) => refusal(address, cause)
  return opened(connect({ ...address, onread: intake.onread }), 'connect', timeoutMs, error)
}

/** The socket once it says that it is ready. @throws what `error` makes of what went wrong. */
export function opened<S extends Socket>(
  socket: S,
  ready: string,
  timeoutMs: number,
  error: (cause: NodeJS.ErrnoException) => LinkError,
): Promise<S> {
  return new Promise((resolve, reject) => {
    const refuse = (cause: Error) => {
      clearTimeout(timer)
      socket.destroy()
      reject(error(cause))
    }
    const timer = setTimeout(() => refuse(new Error(`no connection within ${timeoutMs / 1000} s`)), timeoutMs)
    socket.once('error', refuse)
    socket.once(ready, () => {
      clearTimeout(timer)
      socket.off('error', refuse)
      resolve(socket)
    })
  })
}
