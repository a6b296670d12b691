/** The parameters of a page's address: those that are undefined or empty are left out. */
export type Params = Readonly<Record<string, string | readonly string[] | undefined>>;

/** An address of this page with its parameters, in the order given; nothing in a value can end it early. */
export function href(path: string, params: Params = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    for (const one of typeof value === 'string' ? [value] : (value ?? [])) {
      if (one !== '') search.append(name, one);
    }
  }
  return search.size === 0 ? path : `${path}?${search}`;
}

/** The same with some parameters set anew. */
export function withParams(path: string, params: Params, others: Params): string {
  return href(path, { ...params, ...others });
}
