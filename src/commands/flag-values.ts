const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Reads a duration as Kubernetes writes it: `500ms`, `20s`, `2m`, `720h`; days too, `30d`. Returns milliseconds; throws on anything else. */
export function parseDuration(text: string): number {
  const [, number, unit = ''] = /^(\d{1,6})(ms|s|m|h|d)$/.exec(text) ?? [];
  const factor = units[unit];
  if (number === undefined || factor === undefined)
    throw new Error(`"${text}" is not a duration such as 500ms, 20s, 2m or 720h`);
  return Number(number) * factor;
}

/** Reads a TCP port, 0 for any free one; throws on anything else. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new Error(`"${text}" is not a port between 0 and 65535`);
  return port;
}

/** Reads a positive number of bytes, with or without a unit: `67108864`, `64Mi`, `1Gi`; throws on anything else. */
export function parseBytes(text: string): number {
  const [, number, unit = ''] = /^(\d{1,15})(Ki|Mi|Gi)?$/.exec(text) ?? [];
  const factor = { '': 1, Ki: 1024, Mi: 1024 ** 2, Gi: 1024 ** 3 }[unit];
  const bytes = Number(number) * (factor ?? 1);
  if (number === undefined || bytes === 0 || !Number.isSafeInteger(bytes)) {
    throw new Error(`"${text}" is not a number of bytes such as 67108864 or 64Mi`);
  }
  return bytes;
}

/** Reads a base URL of HTTP without credentials, query or fragment; throws on anything else. */
export function parseEndpoint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url !== undefined && `${url.username}${url.password}${url.search}${url.hash}` === '';
  if (!isPlain || !/^https?:$/.test(url.protocol)) {
    throw new Error(`"${text}" is not a URL such as http://collector:4318, without credentials and query`);
  }
  return url.href;
}

/** Reads a number from 0 to 1, also as Helm writes small ones (`1e-05`); throws on anything else. */
export function parseRatio(text: string): number {
  const ratio = Number(text);
  if (!/^\d(?:\.\d{1,9})?(?:e-\d{1,2})?$/.test(text) || ratio > 1)
    throw new Error(`"${text}" is not a number between 0 and 1`);
  return ratio;
}
