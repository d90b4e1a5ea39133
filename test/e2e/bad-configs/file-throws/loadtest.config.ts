import { readFileSync } from 'node:fs'

const tenants = JSON.parse(readFileSync('tenants.json', 'utf8'))

export default { producers: tenants.length }
