/** The package to publish: JavaScript and types in dist/, with a package.json of its own. */
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'

rmSync('dist', { recursive: true, force: true })
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
  stdio: 'inherit',
})
mkdirSync('dist/core/cli', { recursive: true })
writeFileSync(
  'dist/core/cli/loadtest.js',
  readFileSync('core/cli/loadtest.js', 'utf8').replace('./main.ts', './main.js'),
)
for (const file of ['README.md', 'LICENSE']) copyFileSync(file, `dist/${file}`)

const source = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, unknown> & {
  exports: Record<string, string>
}
const { private: _p, scripts: _s, devDependencies: _d, allowScripts: _a, exports, ...rest } = source
const published = {
  ...rest,
  bin: { loadtest: './core/cli/loadtest.js' },
  exports: Object.fromEntries(
    Object.entries(exports).map(([name, path]) => [
      name,
      path.endsWith('.ts')
        ? { types: path.replace(/\.ts$/, '.d.ts'), default: path.replace(/\.ts$/, '.js') }
        : path,
    ]),
  ),
}
writeFileSync('dist/package.json', `${JSON.stringify(published, null, 2)}\n`)
