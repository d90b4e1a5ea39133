/** Longest pause that a broker is given, in ms: quotas look back some seconds, and what asks for more than this is damaged. */
export const MOST_THROTTLE_MS = 60_000
