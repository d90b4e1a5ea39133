/** What may stand between {{ and }}. */
import type { Random } from '../../../core/plugin.ts'
import { Expected } from '../expected.ts'
import type { Words } from '../words.ts'
import type { Faker } from './faker.ts'

/** What documents are drawn from. */
export interface Drawing {
  readonly random: Random
  readonly words: Words
  faker(): Faker
}
/** Drawn once for each document of the pool. */
interface Drawn {
  /** As it stands in the document. */
  readonly draw: (from: Drawing) => string
  readonly fakes?: true
}
/** Written for each record, over `width` bytes; a key has the length it has, and no width. */
export interface Field {
  readonly kind: 'index' | 'key' | 'timestamp' | 'iso' | 'uuid'
  readonly width: number
  /** What a shorter number has in front: a zero within quotes, a space outside, where JSON takes no zero. */
  readonly pad: number
  readonly sample: string
}
export type Part = string | Drawn | Field

const [SPACE, ZERO] = [32, 48]
const INDEX_DIGITS = 12

/** @throws Expected */
export function part(text: string, quoted: boolean): Part[] {
  const [name = '', ...args] = words(text)
  if (name.startsWith('faker.')) return [faker(text.trim(), quoted)]
  const make = Object.hasOwn(builtIn, name) ? builtIn[name] : undefined
  if (make === undefined)
    throw new Expected(`one of ${Object.keys(builtIn).join(', ')} or faker.MODULE.METHOD in {{ }}`)
  return make(args, quoted)
}

type Make = (args: readonly string[], quoted: boolean) => Part[]

const builtIn: Readonly<Record<string, Make>> = {
  index(args, quoted) {
    const [width = INDEX_DIGITS] = numbers(args, 0, 1, '{{index}} or {{index DIGITS}}, 1 to 16 of them')
    if (width < 1 || width > 16 || !Number.isInteger(width))
      throw new Expected('1 to 16 digits in {{index DIGITS}}')
    return [
      { kind: 'index', width, pad: quoted ? ZERO : SPACE, sample: '0'.padStart(width, quoted ? '0' : ' ') },
    ]
  },
  key(args, quoted) {
    numbers(args, 0, 0, '{{key}} alone')
    return inQuotes({ kind: 'key', width: 0, pad: 0, sample: '' }, quoted)
  },
  timestamp(args, quoted) {
    if (args.length === 0)
      return [{ kind: 'timestamp', width: 13, pad: quoted ? ZERO : SPACE, sample: '1700000000000' }]
    if (args.join() !== 'iso') throw new Expected('{{timestamp}}, in ms, or {{timestamp iso}}')
    return inQuotes({ kind: 'iso', width: 24, pad: 0, sample: '2026-01-01T00:00:00.000Z' }, quoted)
  },
  uuid(args, quoted) {
    numbers(args, 0, 0, '{{uuid}} alone')
    return inQuotes({ kind: 'uuid', width: 36, pad: 0, sample: '0'.repeat(36) }, quoted)
  },
  int(args) {
    const usage = '{{int LOW HIGH}} with two whole numbers, the lower one first'
    const [low = 0, high = 0] = numbers(args, 2, 2, usage)
    const count = high - low + 1
    if (!Number.isSafeInteger(low) || !Number.isSafeInteger(count) || count < 1) throw new Expected(usage)
    return [{ draw: ({ random }) => String(low + random.int(count)) }]
  },
  float(args) {
    const usage = '{{float LOW HIGH}} or {{float LOW HIGH DECIMALS}}, the lower one first, 0 to 15 decimals'
    const [low = 0, high = 0, decimals = 2] = numbers(args, 2, 3, usage)
    if (low > high || !Number.isInteger(decimals) || decimals < 0 || decimals > 15) throw new Expected(usage)
    return [{ draw: ({ random }) => (low + random.float() * (high - low)).toFixed(decimals) }]
  },
  pick(args, quoted) {
    if (args.length === 0)
      throw new Expected("{{pick A B …}} with something to pick from, 'in quotes' if it has spaces")
    const all = args.map(arg => (quoted ? stands(arg, true) : stands(literal(arg), false)))
    return [{ draw: ({ random }) => all[random.int(all.length)] as string }]
  },
  text(args, quoted) {
    const length = count(args, '{{text CHARACTERS}}')
    return [{ draw: ({ words, random }) => stands(words.text(random, length), quoted) }]
  },
  hex(args, quoted) {
    const length = count(args, '{{hex DIGITS}}')
    const draw = ({ random }: Drawing) =>
      stands(Array.from({ length }, () => random.int(16).toString(16)).join(''), quoted)
    return [{ draw }]
  },
}

/** faker.person.fullName, or with arguments as JSON: faker.number.int({"max": 100}). */
function faker(text: string, quoted: boolean): Drawn {
  const [, module = '', method = '', written = ''] =
    /^faker\.([a-z]\w*)\.([a-z]\w*)\s*(?:\((.*)\))?$/s.exec(text) ?? []
  let args: unknown[]
  try {
    if (module === '') throw new SyntaxError()
    args = JSON.parse(`[${written}]`) as unknown[]
  } catch {
    throw new Expected('faker.MODULE.METHOD or faker.MODULE.METHOD(ARGUMENTS as JSON) in {{ }}')
  }
  return {
    fakes: true,
    draw(from) {
      const { [method]: call } = from.faker()[module] ?? {}
      if (typeof call !== 'function')
        throw new Expected(`a method that @faker-js/faker has, not ${module}.${method}`)
      return stands(call(...args), quoted)
    },
  }
}

/** A value as it stands in JSON: within the quotes that are there, or as what it is. */
function stands(value: unknown, quoted: boolean): string {
  const plain =
    typeof value === 'bigint' ? Number(value) : value instanceof Date ? value.toISOString() : value
  const json = JSON.stringify(plain) ?? 'null'
  if (!quoted) return json
  return typeof plain === 'string' ? json.slice(1, -1) : JSON.stringify(json).slice(1, -1)
}
/** What a word means outside of quotes: 1, true and null are no texts. */
function literal(word: string): unknown {
  return /^(-?\d+(\.\d+)?|true|false|null)$/.test(word) ? JSON.parse(word) : word
}
const inQuotes = (field: Field, quoted: boolean): Part[] => (quoted ? [field] : ['"', field, '"'])

/** Words, or 'several in quotes'. */
function words(text: string): string[] {
  return [...text.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '')
}
function numbers(args: readonly string[], least: number, most: number, usage: string): number[] {
  const all = args.map(Number)
  if (all.length < least || all.length > most || !all.every(Number.isFinite)) throw new Expected(usage)
  return all
}
function count(args: readonly string[], usage: string): number {
  const [n = 0] = numbers(args, 1, 1, usage)
  if (!Number.isInteger(n) || n < 1 || n > 1 << 20) throw new Expected(`${usage}, 1 to 1,048,576 of them`)
  return n
}
