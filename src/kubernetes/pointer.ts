/** A JSON pointer (RFC 6901) into the object as it was sent; the empty string is the whole object. */
export type Pointer = '' | `/${string}`;

/** Appends reference tokens to a pointer, escaping `~` and `/` (RFC 6901 §3). */
export function pointerTo(base: Pointer, ...tokens: readonly (string | number)[]): Pointer {
  let pointer: string = base;
  for (const token of tokens) pointer += `/${typeof token === 'number' ? token : escapeToken(token)}`;
  return pointer as Pointer;
}

/** Splits a pointer into its unescaped reference tokens. */
export function pointerTokens(pointer: Pointer): readonly string[] {
  if (pointer === '') return [];
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Writes a pointer as Kubernetes writes field paths: `spec.containers[0].image`, `metadata.annotations["devices.crio.io"]`. */
export function fieldPath(pointer: Pointer): string {
  let path = '';
  for (const token of pointerTokens(pointer)) {
    if (/^\d+$/.test(token)) path += `[${token}]`;
    else if (/^[A-Za-z_$][\w$]*$/.test(token)) path += path === '' ? token : `.${token}`;
    else path += `[${JSON.stringify(token)}]`;
  }
  return path;
}

function escapeToken(token: string): string {
  return token.includes('~') || token.includes('/') ? token.replaceAll('~', '~0').replaceAll('/', '~1') : token;
}
