import { randomUUID } from 'node:crypto';
import { type Agent, request as httpsRequest } from 'node:https';

/** What a test says of a review; the rest is filled in as the API server would. */
export interface ReviewRequest {
  readonly object: unknown;
  readonly oldObject?: unknown;
  readonly operation?: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  readonly namespace?: string;
  readonly subResource?: string;
  readonly username?: string;
  readonly groups?: readonly string[];
  readonly dryRun?: boolean;
  readonly uid?: string;
}

/** A review response as it comes back. */
export interface ReviewResponse {
  readonly uid: string;
  readonly allowed: boolean;
  readonly status?: {
    readonly code: number;
    readonly reason: string;
    readonly message: string;
    readonly details?: { readonly causes: readonly { readonly reason: string; readonly field: string }[] };
  };
  readonly patchType?: string;
  readonly patch?: string;
  readonly warnings?: readonly string[];
  readonly auditAnnotations?: Readonly<Record<string, string>>;
}

/** Builds the AdmissionReview that the API server would send for a pod. */
export function podReview(review: ReviewRequest): Record<string, unknown> {
  const object = review.object as {
    readonly metadata?: { readonly name?: string; readonly namespace?: string };
  } | null;
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: review.uid ?? randomUUID(),
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      ...(review.subResource === undefined ? {} : { subResource: review.subResource }),
      name: object?.metadata?.name ?? '',
      namespace: review.namespace ?? object?.metadata?.namespace ?? 'default',
      operation: review.operation ?? 'CREATE',
      userInfo: {
        username: review.username ?? 'system:serviceaccount:gitlab:runner',
        groups: review.groups ?? ['system:serviceaccounts', 'system:authenticated'],
      },
      object: review.object,
      oldObject: review.oldObject ?? null,
      dryRun: review.dryRun ?? false,
      options: { apiVersion: 'meta.k8s.io/v1', kind: 'CreateOptions' },
    },
  };
}

/** An answer over HTTP. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
}

/** Where the webhook listens, and how it is trusted. */
export interface Target {
  readonly port: number;
  readonly agent: Agent;
  readonly host?: string;
}

/** Posts bytes to the webhook as the API server does, over HTTPS with a JSON body. */
function post(target: Target, path: string, body: string | Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(
      {
        host: target.host ?? '127.0.0.1',
        port: target.port,
        path: `${path}?timeout=5s`,
        method: 'POST',
        agent: target.agent,
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Posts a review and reads the response; throws on any status but 200. */
export async function postReview(target: Target, path: string, review: unknown): Promise<ReviewResponse> {
  const answer = await post(target, path, JSON.stringify(review));
  if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${answer.text}`);
  return (JSON.parse(answer.text) as { readonly response: ReviewResponse }).response;
}

/** Reads the patch of a response: the RFC 6902 operations, none when there is no patch. */
export function patchOf(response: ReviewResponse): readonly { op: string; path: string; value?: unknown }[] {
  return response.patch === undefined ? [] : JSON.parse(Buffer.from(response.patch, 'base64').toString('utf8'));
}
