import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answerReview } from '../../../src/admission/answer.ts';
import { inflightBytes } from '../../../src/server/limits.ts';
import { buildWebhookApp, type WebhookApp } from '../../../src/server/webhook.ts';
import { readPair } from '../../../src/tls/certificate-source.ts';
import { podReview, type ReviewResponse } from '../../harness/review.ts';
import { localPair } from '../../integration/server-harness.ts';
import { maximalPod } from '../hardened.ts';
import { strict } from '../metamorphic/engine.ts';
import { anyPod } from '../metamorphic/sinful-pods.ts';
import { runs } from '../runs.ts';

let app: WebhookApp;
const failures: unknown[] = [];

beforeAll(async () => {
  const pair = await localPair();
  app = buildWebhookApp({
    answer: answerReview,
    configuration: () => strict,
    clock: () => 0,
    observer: { reviewed: () => {}, refused: () => {}, failed: (error) => failures.push(error) },
    material: readPair(pair.cert, pair.key),
    inflight: inflightBytes(64 * 1024 * 1024),
    draining: () => false,
  });
  await app.ready();
});

afterAll(async () => {
  await app.close();
});

/** Sends bytes through the whole of the server but the socket; undefined when they were refused as no review. */
async function sent(bytes: Uint8Array): Promise<ReviewResponse | undefined> {
  const { statusCode, body, headers } = await app.inject({
    method: 'POST',
    url: '/validate',
    headers: { 'content-type': 'application/json' },
    payload: Buffer.from(bytes),
  });
  expect(failures).toEqual([]);
  expect(headers['content-type']).toMatch(/^application\/json/);
  expect([200, 400]).toContain(statusCode);
  const answer = JSON.parse(body) as { readonly response?: ReviewResponse };
  expect(answer.response === undefined).toBe(statusCode === 400);
  return answer.response;
}

const bytesOf = (object: unknown) => Buffer.from(JSON.stringify(podReview({ object, namespace: 'gitlab', uid: 'a' })));
const clean = bytesOf(maximalPod());

const notUtf8 = fc.constantFrom([0xff], [0xc0, 0xaf], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xf8, 0x88, 0x80, 0x80, 0x80]);

/** The letters of a JSON text as numbers, as the API server writes `<`. */
function escaped(text: string): string {
  const number = (letter: string) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return text.replace(/\\u....|\\.|[a-z<]/g, (one) => (one.length === 1 ? number(one) : one));
}

test('a clean review is allowed, so that what follows proves something', async () => {
  expect((await sent(clean))?.allowed).toBe(true);
});

describe('is never allowed:', () => {
  test('any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        expect((await sent(bytes))?.allowed ?? false).toBe(false);
      }),
      { numRuns: runs(100) },
    );
  });

  test('a review that was cut off anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: clean.length - 1 }), async (length) => {
        expect(await sent(clean.subarray(0, length))).toBeUndefined();
      }),
      { numRuns: runs(100) },
    );
  });

  test('a review with anything before or behind it', async () => {
    const around = fc.oneof(
      fc.constantFrom('\ufeff', '\u0000', '{}', ',', 'null', '\u2028'),
      fc.string({ minLength: 1 }),
    );
    await fc.assert(
      fc.asyncProperty(around, fc.boolean(), async (text, isBefore) => {
        fc.pre(/[^ \t\r\n]/.test(text));
        const more = Buffer.from(text);
        expect(await sent(Buffer.concat(isBefore ? [more, clean] : [clean, more]))).toBeUndefined();
      }),
      { numRuns: runs(100) },
    );
  });

  test('a review with bytes that are no UTF-8', async () => {
    await fc.assert(
      fc.asyncProperty(notUtf8, fc.nat({ max: clean.length }), async (bytes, at) => {
        const broken = Buffer.concat([clean.subarray(0, at), Buffer.from(bytes), clean.subarray(at)]);
        const answer = await sent(broken);
        expect(answer?.allowed ?? false).toBe(false);
        if (answer !== undefined) expect(answer.status).toMatchObject({ code: 400, reason: 'BadRequest' });
      }),
      { numRuns: runs(200) },
    );
  });
});

test('a review is answered the same however its JSON is written', async () => {
  let denied = 0;
  await fc.assert(
    fc.asyncProperty(anyPod, fc.constantFrom(0, 1, '\t'), fc.boolean(), async (pod, space, escapes) => {
      const plain = bytesOf(pod);
      const spaced = JSON.stringify(JSON.parse(plain.toString()), null, space);
      const text = escapes ? spaced.replace(/"(?:[^"\\]|\\.)*"/g, escaped) : spaced;
      const [one, other] = [await sent(plain), await sent(Buffer.from(text))];
      expect(other).toEqual(one);
      if (one?.allowed === false) denied += 1;
    }),
    { numRuns: runs(100) },
  );
  expect(denied).toBeGreaterThan(runs(50));
});
