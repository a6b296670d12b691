import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { ApiObject } from './api-client.ts';

/** What a small webhook is asked. */
export interface SmallReview {
  readonly uid: string;
  readonly object: ApiObject;
}

/** What it answers, besides the uid. */
export interface SmallAnswer {
  readonly allowed: boolean;
  readonly status?: { readonly code: number; readonly reason: string; readonly message: string };
  readonly auditAnnotations?: Readonly<Record<string, string>>;
  /** RFC 6902 operations. */
  readonly patch?: readonly object[];
}

/** Another webhook beside the one under test. */
export interface SmallWebhook {
  readonly port: number;
  /** The Host headers seen so far. */
  hosts(): ReadonlySet<string | undefined>;
  stop(): Promise<void>;
}

/** Starts a webhook on a free port of 127.0.0.1 that answers each review as told. */
export async function startSmallWebhook(
  files: { readonly certFile: string; readonly keyFile: string },
  answer: (review: SmallReview) => SmallAnswer,
): Promise<SmallWebhook> {
  const hosts = new Set<string | undefined>();
  const tls = { cert: await readFile(files.certFile), key: await readFile(files.keyFile) };
  const server = createServer(tls, async (request, response) => {
    hosts.add(request.headers.host);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { request: review } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { readonly request: SmallReview };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(reviewOf(review.uid, answer(review))));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { port: (server.address() as AddressInfo).port, hosts: () => hosts, stop };
}

function reviewOf(uid: string, { patch, ...answer }: SmallAnswer): object {
  const patched =
    patch === undefined || patch.length === 0
      ? {}
      : { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') };
  return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid, ...answer, ...patched } };
}
