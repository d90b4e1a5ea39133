import { share, whole } from '../options/kinds.ts'

/** Which members a plugin is about. */
export const whom = {
  member: whole(0, 99_999).optional().describe('a single member of each group, by its number'),
  share: share(0.001, 1).optional().describe('the first of the members of each group, rounded up; none: all'),
  group: whole(0, 999).optional().describe('a single group, by its number; none: all'),
}

/** For `.refine(notBoth, ONE_OF)`. */
export const notBoth = (o: { readonly member?: unknown; readonly share?: unknown }): boolean =>
  o.member === undefined || o.share === undefined
export const ONE_OF = { message: 'expected one of member and share, not both', path: ['share'] }
