/** Another plugin has answered the size of a value after the one that makes it: what was made does not fit. */
export function overruled(): never {
  throw new Error(
    "another plugin's sizeFor answered after this one, so the value does not fit: leave that plugin out, or let it tap with order 'first'",
  )
}
