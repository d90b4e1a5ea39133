export default { extends: './team.ts' }
