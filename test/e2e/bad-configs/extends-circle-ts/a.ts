export default { extends: './b.ts' }
