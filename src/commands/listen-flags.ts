import { parseDuration, parsePort } from './flag-values.ts';

/** Flags of the commands that serve. */
export interface ListenFlags {
  readonly host?: string;
  readonly port: number;
  readonly healthPort: number;
  readonly drain: number;
}

/** What differs between those commands, as it is written on the command line. */
interface ListenDefaults {
  readonly port: string;
  readonly portBrief: string;
  readonly healthPort: string;
  readonly drain: string;
}

/** How they are written. */
export function listenFlags({ port, portBrief, healthPort, drain }: ListenDefaults) {
  return {
    host: {
      kind: 'parsed',
      parse: String,
      optional: true,
      brief: 'Address to listen on; all of them if absent',
      placeholder: 'address',
    },
    port: {
      kind: 'parsed',
      parse: parsePort,
      default: port,
      brief: `${portBrief} (HTTPS); 0 for a free one`,
      placeholder: 'port',
    },
    healthPort: {
      kind: 'parsed',
      parse: parsePort,
      default: healthPort,
      brief: 'Port of /livez, /readyz and /metrics (HTTP)',
      placeholder: 'port',
    },
    drain: {
      kind: 'parsed',
      parse: parseDuration,
      default: drain,
      brief: 'How long to answer after SIGTERM',
      placeholder: 'duration',
    },
  } as const;
}
