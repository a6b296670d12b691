/** Read-only all the way down; a timestamp is a string, as it is in JSON. */
export type DeepReadonly<T> = T extends Date
  ? string
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;
