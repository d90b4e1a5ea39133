export default { extends: './a.ts' }
