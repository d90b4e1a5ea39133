/** SASL: what a client that has to authenticate is asked is in security/; here, where nobody is asked, it is out of place. */
import { errorCodes } from '../../protocol/errors.ts'
import { saslAuthenticate, saslHandshake } from '../../protocol/messages/sasl.ts'
import { type Handler, handler } from '../handler.ts'

export const saslHandshakeHandler: Handler = handler(
  saslHandshake,
  ({ mechanism }, { authentication, version }) =>
    authentication === undefined
      ? { errorCode: errorCodes.ILLEGAL_SASL_STATE }
      : authentication.handshake(mechanism, version),
)

export const saslAuthenticateHandler: Handler = handler(
  saslAuthenticate,
  ({ authBytes }, { authentication }) =>
    authentication === undefined
      ? {
          errorCode: errorCodes.ILLEGAL_SASL_STATE,
          errorMessage: 'SaslAuthenticate request received after successful authentication',
        }
      : authentication.authenticate(authBytes),
)
