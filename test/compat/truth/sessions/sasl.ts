/** SASL where nobody asked for it. */
import type { Session } from '../script.ts'

export const sessions: readonly Session[] = [
  {
    name: 'sasl on a connection without it',
    needs: ['SaslHandshake', 'SaslAuthenticate'],
    async run(s) {
      for (const v of s.versions('SaslHandshake'))
        await s.call('handshake', 'SaslHandshake', v, { mechanism: 'PLAIN' })
      const authBytes = Buffer.from('\0user\0password')
      for (const v of s.versions('SaslAuthenticate'))
        await s.call('authenticate', 'SaslAuthenticate', v, { authBytes })
      await s.call('goes on', 'ApiVersions', 0, {}, { only: ({ errorCode }) => ({ errorCode }) })
    },
  },
]
