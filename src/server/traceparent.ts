const pattern = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/;
const invalid = '0'.repeat(32);

/** Reads the trace id of a `traceparent` header (W3C Trace Context §3.2.2); undefined when there is none or it is malformed. */
export function traceIdOf(header: string | readonly string[] | undefined): string | undefined {
  if (typeof header !== 'string') return undefined;
  const id = pattern.exec(header)?.[1];
  return id === invalid ? undefined : id;
}
