/** The configuration is found from the working directory upwards, whatever its format, and variables and flags are laid over it. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, type TestContext } from 'vitest'
import { options, variableOf } from '../../core/config/options.ts'
import { loadtest, scratch } from './cli.ts'

/** Files in a folder of its own, and what `loadtest config` answers in the folder two below: path → [value, origin]. */
async function shown(
  context: TestContext,
  files: Readonly<Record<string, string>>,
  { args = [], env = {} }: { args?: readonly string[]; env?: Readonly<Record<string, string>> } = {},
) {
  const folder = scratch(context)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const cwd = join(folder, 'a', 'b')
  mkdirSync(cwd, { recursive: true })
  const { exitCode, stdout, stderr } = await loadtest(['config', ...args], { cwd, env })
  expect([exitCode, stderr]).toEqual([0, ''])
  const rows = stdout
    .trimEnd()
    .split('\n')
    .map(line => /^(\S+) +(.*\S) {2,}(.*)$/.exec(line) ?? [])
  return new Map(rows.map(([, path = '', value = '', origin = '']) => [path, [JSON.parse(value), origin]]))
}

const formats = {
  'loadtest.config.ts': "const rate: string = '201/s'\nexport default { rate }\n",
  'loadtest.config.mts': "const rate: string = '201/s'\nexport default { rate }\n",
  'loadtest.config.cts': "const rate: string = '201/s'\nmodule.exports = { rate }\n",
  'loadtest.config.js': "export default { rate: '201/s' }\n",
  'loadtest.config.mjs': "export default { rate: '201/s' }\n",
  'loadtest.config.cjs': "module.exports = { rate: '201/s' }\n",
  'loadtest.config.json': '{ "rate": "201/s" }\n',
  'loadtest.config.yaml': 'rate: 201/s\n',
  'loadtest.config.yml': '# of the team\nrate: 201/s\n',
  'package.json': '{ "name": "orders", "loadtest": { "rate": "201/s" } }\n',
}

describe.concurrent('a configuration in', () => {
  it.for(Object.entries(formats))('%s', async ([name, text], context) => {
    const [rate, origin] = (await shown(context, { [name]: text })).get('rate') ?? []
    expect(rate).toBe('201/s')
    expect(origin).toMatch(new RegExp(`^\\.\\./\\.\\./${name}(#loadtest)?(:\\d)?$`))
  })
  it('CommonJS as a TypeScript compiler writes it', async context => {
    const text = "exports.__esModule = true\nexports.default = { rate: '201/s' }\n"
    expect((await shown(context, { 'loadtest.config.cjs': text })).get('rate')?.[0]).toBe('201/s')
  })
  it('TypeScript in a CommonJS project', async context => {
    const files = {
      'package.json': '{ "type": "commonjs" }\n',
      'loadtest.config.ts':
        "import { defineConfig } from 'kafka-loadtest'\nexport default defineConfig({ rate: '201/s' })\n",
    }
    expect((await shown(context, files)).get('rate')?.[0]).toBe('201/s')
  })
  it('YAML with anchors', async context => {
    const text = 'streams:\n  a: &a { size: 5B, rate: 1/s }\n  b: { <<: *a, rate: 201/s }\n'
    const rows = await shown(context, { 'loadtest.config.yaml': text })
    expect([rows.get('streams.b.rate')?.[0], rows.get('streams.b.size')?.[0]]).toEqual(['201/s', '5B'])
  })
  it('an empty file, or a package.json that says nothing of it', async context => {
    const rows = await shown(context, { 'loadtest.config.yaml': '# nothing yet\n', 'package.json': '{}\n' })
    expect(rows.get('rate')).toEqual(['5k/s', 'default'])
  })
  it('the file that is nearest', async context => {
    const folder = scratch(context)
    mkdirSync(join(folder, 'a'))
    writeFileSync(join(folder, 'loadtest.config.ts'), 'throw new Error("not this one")\n')
    writeFileSync(join(folder, 'a', 'loadtest.config.json'), '{ "rate": "201/s" }\n')
    writeFileSync(join(folder, 'a', 'package.json'), '{ "name": "a" }\n')
    const { stdout } = await loadtest(['config'], { cwd: join(folder, 'a') })
    expect(stdout).toMatch(/^rate +"201\/s" +loadtest\.config\.json:1$/m)
  })
  it('a file that is named, with its ending or without', async context => {
    for (const file of ['../../other.json', '../../other'])
      expect(
        (
          await shown(
            context,
            { 'other.json': '{}', 'other.ts': "export default { rate: '201/s' }" },
            { args: ['-c', file] },
          )
        ).get('rate'),
      ).toEqual(file.endsWith('json') ? ['5k/s', 'default'] : ['201/s', '../../other.ts:1'])
  })
})

it('every option has its variable and its flag, and these win over it and the file', async context => {
  const [file, env, args] = [
    { seed: 1, timeout: '1s', warmup: '1s' },
    {} as Record<string, string>,
    [] as string[],
  ]
  const texts: Record<string, string> = {
    brokers: 'kafka-1:9092',
    driver: 'wire',
    warmup: '3s',
    duration: '1m',
    timeout: '5s',
    threads: '3',
    seed: '42',
    out: 'here',
    allowTainted: 'true',
    'topic.name': 'orders',
    'topic.existing': 'false',
    rate: '80 MB/s',
    size: '1KiB',
    'producer.acks': 'all',
    'producer.idempotent': 'true',
    'producer.compression': 'zstd',
    'producer.linger': '20ms',
    'producer.batchSize': '1MiB',
    'producer.buffer': '64MiB',
    'producer.deliveryTimeout': '2m',
    stamp: 'header',
    'consumers.group': 'billing',
    'consumers.protocol': 'classic',
    'consumers.assignor': 'cooperative-sticky',
    'consumers.isolation': 'read_committed',
    'consumers.from': 'earliest',
  }
  // those of tls and sasl name files that have to be there: test/core/config/options.test.ts has them, each of the three ways
  const asked = options.filter(o => !/^(topic\.configs|tls\..*|sasl\..*)$/.test(o.path))
  asked.forEach(({ path }, i) => {
    const text = texts[path] ?? '2'
    // one half by variable, the other by flag, some by both
    if (i % 2 === 0) env[variableOf(path)] = i % 4 === 0 ? text : '7'
    if (i % 4 !== 0) args.push(`--${path}=${text}`)
  })
  const rows = await shown(context, { 'loadtest.config.json': JSON.stringify(file) }, { args, env })
  asked.forEach(({ path }, i) => {
    expect([path, String(rows.get(path)?.[0])]).toEqual([path, texts[path] ?? '2'])
    expect(rows.get(path)?.[1]).toMatch(i % 4 === 0 ? variableOf(path) : /^--/)
  })
})
