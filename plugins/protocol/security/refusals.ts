/** Why a broker did not let a client in, and what to do about it, as sentences. No secret is in them. */
import type { Security } from '../../../core/plugin.ts'
import { errorCodes, errorName } from '../errors.ts'

export interface Explained {
  readonly reason: string
  readonly remedy: string
}

/** An error in the answer to SaslHandshake. @param enabled the mechanisms that the broker has. */
export function explainHandshake(mechanism: string, code: number, enabled: readonly string[]): Explained {
  if (code === errorCodes.UNSUPPORTED_SASL_MECHANISM)
    return {
      reason: `SASL mechanism ${mechanism} is not enabled there, but ${enabled.join(', ') || 'none'} (UNSUPPORTED_SASL_MECHANISM)`,
      remedy: 'Set sasl.mechanism to one that is, or have it enabled.',
    }
  if (code === errorCodes.ILLEGAL_SASL_STATE)
    return {
      reason: 'it asks for no authentication (ILLEGAL_SASL_STATE)',
      remedy: 'Name the port of a SASL listener, or leave sasl out.',
    }
  return {
    reason: `it does not let anybody authenticate by ${mechanism} (${errorName(code)})`,
    remedy: 'See its log.',
  }
}

/** Credentials that are not good. @param user undefined: a token was shown in place of a name. */
export function explainDenial(mechanism: string, user: string | undefined, said: string): Explained {
  return user === undefined
    ? {
        reason: `the token is refused by ${mechanism} (${said})`,
        remedy: 'Check what sasl.token names, and whether it has expired.',
      }
    : {
        reason: `user ${user} is refused by ${mechanism} (${said})`,
        remedy: 'Check sasl.username and what sasl.password names.',
      }
}

const resources: Readonly<Record<number, readonly [resource: string, operation: string, flag: string]>> = {
  [errorCodes.TOPIC_AUTHORIZATION_FAILED]: ['topic', 'Describe', '--topic NAME'],
  [errorCodes.GROUP_AUTHORIZATION_FAILED]: ['group', 'Read', '--group NAME'],
  [errorCodes.CLUSTER_AUTHORIZATION_FAILED]: ['cluster', 'IdempotentWrite', '--cluster'],
  [errorCodes.TRANSACTIONAL_ID_AUTHORIZATION_FAILED]: [
    'transactional id',
    'Write',
    '--transactional-id NAME',
  ],
}

/**
 * An operation that ACLs do not allow; undefined for any other error.
 * @param what was asked for, with the broker's error: the resource's name stands in it.
 * @param operation that is missing; by default what a load test needs of such a resource.
 */
export function explainAccess(
  code: number,
  what: string,
  security: Security,
  operation?: string,
): Explained | undefined {
  const found = resources[code]
  if (found === undefined) return undefined
  const [resource, usual, flag] = found
  const who = principalOf(security)
  const missing = operation ?? usual
  const name = security.sasl?.username
  const whom = name === undefined ? '' : ` --allow-principal User:${name}`
  return {
    reason: `it takes the connection, but ${who} lacks the ACL operation ${missing} on the ${resource} (${what})`,
    remedy: `Have it allowed, for example by kafka-acls --add${whom} --operation ${missing} ${flag}.`,
  }
}

/** For whom a broker takes us. */
function principalOf({ tls, sasl }: Security): string {
  if (sasl !== undefined) return sasl.username === undefined ? "the token's subject" : `user ${sasl.username}`
  return tls?.cert === undefined ? 'user ANONYMOUS' : 'the subject of tls.cert'
}
