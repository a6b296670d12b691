/** An answer of the API server, whatever its status. */
export interface ApiAnswer {
  readonly status: number;
  /** Parsed JSON that nobody has checked, or the text where it is none. */
  readonly body: unknown;
  /** When the server sent it by its own clock, in milliseconds since the epoch and to the second. */
  readonly date?: number;
}

/** What can be said of a request beside its method and path. */
export interface ApiOptions {
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** application/json unless told. */
  readonly accept?: string;
  /** Of the body; application/json unless told. */
  readonly contentType?: string;
  /** Of each attempt; a minute unless told. */
  readonly timeoutMs?: number;
  /** How often a request is sent that the server is too busy for; 4 unless told. */
  readonly attempts?: number;
}

/** The API of one cluster, as JSON: nothing of an object is lost or changed on the way. */
export interface ClusterApi {
  /** Sends one request and gives the answer; rejects with ClusterError when there is none. */
  send(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, options?: ApiOptions): Promise<ApiAnswer>;
}

/** A cluster cannot be reached, or not by the credentials that are there; the message is for people. */
export class ClusterError extends Error {
  readonly code = 'ERR_CLUSTER';
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ClusterError';
  }
}

/** What the API server says of a request that it refuses: the message of its Status, or the beginning of the text. */
export function refusalOf({ status, body }: ApiAnswer): string {
  const message =
    typeof body === 'object' && body !== null && 'message' in body && typeof body.message === 'string'
      ? body.message
      : String(typeof body === 'string' ? body : '').slice(0, 200);
  return `${status}${message === '' ? '' : ` ${message}`}`;
}
