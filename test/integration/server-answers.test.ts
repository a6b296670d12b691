import http from 'node:http';
import https from 'node:https';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { review, type Sent, send, sendBytes, startServer, type TestServer } from './server-harness.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const json = { 'content-type': 'application/json' };
const uid = '7f0b2a6c-0000-4000-8000-000000000001';

function sendReview(sent: Sent & { readonly review?: unknown } = {}) {
  return send(server.port, { body: JSON.stringify(sent.review ?? review()), ...sent });
}

describe('a review', () => {
  test.for(['/validate', '/mutate', '/observe', '/validate?timeout=5s'])('is answered at %s', async (path) => {
    const answer = await sendReview({ path });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(JSON.parse(answer.text)).toEqual({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: { uid, allowed: true },
    });
  });

  test('keeps the connection longer than the 90 s of the API server', async () => {
    const agent = new https.Agent({ keepAlive: true });
    const answer = await sendReview({ agent });
    agent.destroy();
    expect(answer.headers['connection']).toBe('keep-alive');
    const seconds = Number(/timeout=(\d+)/.exec(String(answer.headers['keep-alive']))?.[1]);
    expect(seconds).toBeGreaterThanOrEqual(120);
  });

  test('with a charset, or an identity encoding, is answered', async () => {
    const headers = { 'content-type': 'application/json; charset=utf-8', 'content-encoding': 'identity' };
    expect((await sendReview({ headers })).status).toBe(200);
  });

  test('in chunks is answered', async () => {
    const body = JSON.stringify(review());
    const bytes = [...body].map((character) => `1\r\n${character}\r\n`).join('');
    const head =
      'POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';
    expect(await sendBytes(server.port, `${head}${bytes}0\r\n\r\n`)).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('without a Host header is answered', async () => {
    const body = JSON.stringify(review());
    const head = `POST /validate HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    expect(await sendBytes(server.port, head + body)).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('that waits for 100-continue is answered', async () => {
    const answer = await sendReview({ headers: { ...json, expect: '100-continue' } });
    expect(answer.status).toBe(200);
  });

  test('that asks for an upgrade is answered as usual', async () => {
    const answer = await sendReview({ headers: { ...json, connection: 'upgrade', upgrade: 'websocket' } });
    expect(answer.status).toBe(200);
  });

  test('of 16 MB is answered, and every field reaches the decision', async () => {
    const object = { metadata: { annotations: { padding: 'x'.repeat(16_000_000) } }, later: { unknown: [1] } };
    const answer = await sendReview({ review: review({ object }) });
    expect(answer.status).toBe(200);
    const last = server.told.reviews.at(-1);
    expect(last?.outcome.request?.object).toEqual(object);
    expect(last?.facts.bytes).toBeGreaterThan(16_000_000);
  });

  test('with a key __proto__ is data like any other', async () => {
    const text = JSON.stringify(review()).replace('"spec":', '"__proto__":{"polluted":true},"constructor":1,"spec":');
    const answer = await sendReview({ body: text });
    expect(answer.status).toBe(200);
    const object = server.told.reviews.at(-1)?.outcome.request?.object as object;
    expect(Object.hasOwn(object, '__proto__')).toBe(true);
    expect(Object.getPrototypeOf(object)).toBe(Object.prototype);
    expect('polluted' in {}).toBe(false);
  });

  test('of admission.k8s.io/v1beta1 is answered: /validate denies, /mutate allows', async () => {
    const old = { ...review(), apiVersion: 'admission.k8s.io/v1beta1' };
    const denied = await sendReview({ review: old });
    expect(denied.status).toBe(200);
    expect(JSON.parse(denied.text)).toMatchObject({ response: { uid, allowed: false } });
    const allowed = await sendReview({ review: old, path: '/mutate' });
    expect(JSON.parse(allowed.text)).toMatchObject({ response: { uid, allowed: true } });
  });

  test.for([
    ['a valid one', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', '4bf92f3577b34da6a3ce929d0e0e4736'],
    ['a malformed one', '00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01', undefined],
    ['the invalid one', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, undefined],
    ['one of no span', `00-4bf92f3577b34da6a3ce929d0e0e4736-${'0'.repeat(16)}-01`, undefined],
    ['one of the forbidden version', 'ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', undefined],
  ] as const)('is told of with its trace id: %s', async ([, traceparent, traceId]) => {
    await sendReview({ headers: { ...json, traceparent } });
    expect(server.told.reviews.at(-1)?.facts.traceParent?.traceId).toBe(traceId);
  });
});

describe('anything else', () => {
  test.for([
    ['an unknown path', { path: '/' }, 404, 'not-found'],
    ['a trailing slash', { path: '/validate/' }, 404, 'not-found'],
    ['doubled slashes', { path: '//validate' }, 404, 'not-found'],
    ['capital letters', { path: '/Validate' }, 404, 'not-found'],
    ['a malformed escape', { path: '/%zz' }, 404, 'not-found'],
    ['an unknown path with an unknown body', { path: '/x', headers: { 'content-type': 'a/b' } }, 404, 'not-found'],
    ['a text', { headers: { 'content-type': 'text/plain' } }, 415, 'media-type'],
    ['YAML', { headers: { 'content-type': 'application/yaml' } }, 415, 'media-type'],
    ['a malformed content type', { headers: { 'content-type': ';;' } }, 415, 'media-type'],
    ['no content type', { headers: {} }, 415, 'media-type'],
    ['a compressed body', { headers: { ...json, 'content-encoding': 'gzip' } }, 415, 'content-encoding'],
    ['half a document', { body: '{"request":' }, 400, 'bad-json'],
    ['an empty body', { body: '' }, 400, 'bad-json'],
    ['a million brackets', { body: '['.repeat(1_000_000) }, 400, 'bad-json'],
    ['null', { body: 'null' }, 400, 'no-uid'],
    ['a list', { body: '[]' }, 400, 'no-uid'],
    ['a review without request', { body: '{"kind":"AdmissionReview"}' }, 400, 'no-uid'],
    ['an empty uid', { body: JSON.stringify(review({ uid: '' })) }, 400, 'no-uid'],
    ['a uid that is a number', { body: JSON.stringify(review({ uid: 7 })) }, 400, 'no-uid'],
    ['an expectation', { headers: { ...json, expect: 'miracle' } }, 400, 'expectation'],
  ] as const)('is refused in JSON: %s', async ([, sent, status, error]) => {
    const answer = await sendReview(sent);
    expect([answer.status, JSON.parse(answer.text).error]).toEqual([status, error]);
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    expect(server.told.refusals.at(-1)?.error).toBe(error);
  });

  const methods = http.METHODS.filter((method) => method !== 'POST' && method !== 'CONNECT');
  test.for(methods)('is 405 with Allow: %s', async (method) => {
    const answer = await send(server.port, { method, headers: {} });
    expect([answer.status, answer.headers['allow']]).toEqual([405, 'POST']);
    if (method !== 'HEAD') expect(JSON.parse(answer.text).error).toBe('method-not-allowed');
    expect((await send(server.port, { method, headers: {}, path: '/nowhere' })).status).toBe(404);
  });

  test('CONNECT closes the connection', async () => {
    expect(await sendBytes(server.port, 'CONNECT /validate HTTP/1.1\r\nHost: x\r\n\r\n')).toBe('');
  });

  test('a method that HTTP does not know is 400', async () => {
    const answer = await sendBytes(server.port, 'BREW /validate HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"error":"bad-request"');
  });

  test('a head that is too large is 400', async () => {
    const head = `POST /validate HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`;
    expect(await sendBytes(server.port, head)).toMatch(/^HTTP\/1\.1 400 /);
  });

  test('a length that contradicts the body is 400', async () => {
    const head = 'POST /validate HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n';
    expect(await sendBytes(server.port, head)).toMatch(/^HTTP\/1\.1 400 /);
  });

  test('33 MB by its length is 413, without a reset', async () => {
    const answer = await sendReview({ body: Buffer.alloc(34_000_000, ' ') });
    expect([answer.status, JSON.parse(answer.text).error]).toEqual([413, 'too-large']);
  });

  test('33 MB in chunks is 413, without a reset', async () => {
    const headers = { ...json, 'transfer-encoding': 'chunked' };
    const answer = await sendReview({ body: Buffer.alloc(34_000_000, ' '), headers });
    expect([answer.status, JSON.parse(answer.text).error]).toEqual([413, 'too-large']);
  });
});
