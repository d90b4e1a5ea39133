/** For schemas: what is behind the options, with the names of the options, which near misses are looked up in. */
export function shaped<S extends object>(options: { readonly shape: object }, schema: S): S {
  return Object.assign(schema, { shape: options.shape })
}
