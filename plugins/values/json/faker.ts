/** @faker-js/faker, where a template asks for it: an optional peer dependency. */
import { Expected } from '../expected.ts'
import { peer } from '../peer.ts'

/** Its modules and their methods, by name. */
export type Faker = Readonly<
  Record<string, Readonly<Record<string, (...args: unknown[]) => unknown>> | undefined>
>

/** The locale's own faker, which draws the same after the same seed, whatever the day. */
export interface Seeded {
  readonly faker: Faker
  seed(seed: number): void
}

/** What its dates are relative to. */
const TODAY = '2026-01-01T00:00:00Z'

/** @throws Expected: the package or the locale is missing */
export function loadFaker(locale: string): Seeded {
  const { faker } = localeOf(locale)
  faker.setDefaultRefDate(TODAY)
  return { faker: faker as never, seed: seed => void faker.seed(seed) }
}

/** One locale alone: all of them together take a second to load. */
function localeOf(locale: string) {
  try {
    return peer<{ faker: import('@faker-js/faker').Faker }>(`@faker-js/faker/locale/${locale}`)
  } catch (error) {
    if (error instanceof Expected) throw error
    throw new Expected(`a locale that @faker-js/faker has, such as en or de, not ${locale}`)
  }
}
