/** Protobuf, by protobufjs: an optional peer dependency. */
import type * as Protobuf from 'protobufjs'
import { Expected } from '../expected.ts'
import { peer } from '../peer.ts'
import type { Codec, Format, SchemaText } from '../registry/format.ts'
import { messageIndexes } from '../registry/frame.ts'
import { fromJson } from './from-json.ts'
import { generate } from './generate.ts'

/** @param message its name, with the package or without; undefined: the first of the schema */
export function protobufFormat(message: string | undefined): Format {
  return {
    type: 'PROTOBUF',
    compile(schema) {
      const protobufjs = peer<typeof Protobuf>('protobufjs')
      const root = rootOf(protobufjs, schema)
      // the file alone tells which of its messages is the how manieth
      const own = parsed(protobufjs, '', schema.text, new protobufjs.Root())
      const top = own.package === undefined ? own.root : own.root.lookup(own.package)
      const all = messagesIn(protobufjs, top)
      const found = all.find(
        m => message === undefined || m.name === message || m.name.endsWith(`.${message}`),
      )
      if (found === undefined) {
        const names = all.map(m => m.name).join(', ') || 'none'
        throw new Expected(
          message === undefined
            ? 'a schema with a message'
            : `a message of the schema, which has ${names}, not ${message}`,
        )
      }
      return codecOf(root.lookupType(found.name), found.path)
    },
  }
}

function codecOf(type: Protobuf.Type, path: readonly number[]): Codec {
  return {
    prefix: messageIndexes(path),
    generate: draws => type.encode(generate(type, draws, 0)).finish(),
    encode: document => type.encode(type.fromObject(fromJson(type, document, ''))).finish(),
    decode: payload => type.toObject(type.decode(payload), { longs: String, enums: String, bytes: String }),
  }
}

/** The schema with all that it imports. */
function rootOf(protobufjs: typeof Protobuf, { text, references }: SchemaText): Protobuf.Root {
  const root = new protobufjs.Root()
  const known = new Set<string>()
  for (const [name, written] of [...references.map(r => [r.name, r.text] as const), ['', text] as const]) {
    const { imports = [], weakImports = [] } = parsed(protobufjs, name, written, root)
    known.add(name)
    for (const path of [...imports, ...weakImports]) {
      if (known.has(path)) continue
      known.add(path)
      const common = protobufjs.common.get(path)
      if (common?.nested) root.addJSON(common.nested)
      else if (!references.some(r => r.name === path))
        throw new Expected(`the import ${path} among references, by that name, with the subject that has it`)
    }
  }
  try {
    root.resolveAll()
  } catch (error) {
    throw new Expected(`a Protobuf schema: ${(error as Error).message}`)
  }
  return root
}

function parsed(protobufjs: typeof Protobuf, name: string, text: string, root: Protobuf.Root) {
  try {
    return protobufjs.parse(text, root, { keepCase: true })
  } catch (error) {
    throw new Expected(`a Protobuf schema${name && ` ${name}`}: ${(error as Error).message}`)
  }
}

interface Place {
  /** With its package. */
  readonly name: string
  readonly path: readonly number[]
}

/** All messages in the order of the file, those within one after it. */
function messagesIn(
  protobufjs: typeof Protobuf,
  within: Protobuf.ReflectionObject | null,
  above: readonly number[] = [],
): Place[] {
  if (!(within instanceof protobufjs.Namespace || within instanceof protobufjs.Type)) return []
  return within.nestedArray
    .filter(nested => nested instanceof protobufjs.Type)
    .flatMap((type, i) => {
      const path = [...above, i]
      return [{ name: type.fullName.replace(/^\./, ''), path }, ...messagesIn(protobufjs, type, path)]
    })
}
