import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { networkInterfaces } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SignIn } from '../../src/journal/page/sign-in.ts';
import { weekOfLines } from '../demo/week.ts';
import { createAuthority } from '../harness/certificates.ts';
import { startPage, type TestPage } from '../harness/journal-page.ts';

const now = Date.parse('2026-11-20T16:40:00.000Z');
const lines = weekOfLines({ end: now, pods: 400 });
const proxy = { user: 'X-Forwarded-User', groups: 'X-Forwarded-Groups', allowGroups: ['security', 'platform team'] };

interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Headers as they are written on the wire: names twice, in any case. */
function get(port: number, path = '/', headers: readonly string[] = [], more: object = {}): Promise<Got> {
  const all = headers.some((name) => name.toLowerCase() === 'host')
    ? headers
    : ['Host', `127.0.0.1:${port}`, ...headers];
  const send = 'ca' in more ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = send({ host: '127.0.0.1', port, path, headers: all, agent: false, ...more }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString(),
        }),
      );
    });
    request.on('error', reject);
    request.end();
  });
}

describe('the page on the loopback address', () => {
  let journal: TestPage;
  beforeAll(async () => {
    journal = await startPage(lines, now, { hosts: ['journal.example.com'] });
  });
  afterAll(async () => await journal.close());

  it('says in every answer that nothing may run, be kept or be framed', async () => {
    for (const path of ['/', '/decisions?decision=maybe', '/no-such-page', '/api/v1/decisions', '/api/v1/nothing']) {
      const { headers } = await get(journal.port, path);
      expect(headers, path).toMatchObject({
        'content-security-policy':
          "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
      });
      expect(headers['set-cookie'], path).toBeUndefined();
    }
  });

  it.each([['evil.example.com'], ['127.0.0.1.example.com'], ['localhost.'], ['localhost@evil.example.com'], ['']])(
    'is not known as %j, so that no other site can take its name for it',
    async (host) => {
      expect((await get(journal.port, '/', ['Host', host])).status).toBe(421);
    },
  );

  it.each([['localhost'], ['LOCALHOST:8080'], ['127.0.0.1'], ['[::1]:80'], ['Journal.example.com']])(
    'is known as %j',
    async (host) => {
      expect((await get(journal.port, '/', ['Host', host])).status).toBe(200);
    },
  );

  it('answers no question that another site asks in the background, but follows its links', async () => {
    const fetched = await get(journal.port, '/api/v1/decisions', [
      'Sec-Fetch-Site',
      'cross-site',
      'Sec-Fetch-Mode',
      'no-cors',
    ]);
    expect(fetched.status).toBe(403);
    const other = await get(journal.port, '/', ['Sec-Fetch-Site', 'same-site', 'Sec-Fetch-Mode', 'cors']);
    expect(other.status).toBe(403);
    const followed = await get(journal.port, '/', ['Sec-Fetch-Site', 'cross-site', 'Sec-Fetch-Mode', 'navigate']);
    expect(followed.status).toBe(200);
  });

  it('only reads', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      const { status, headers } = await get(journal.port, '/decisions', [], { method });
      expect([method, status, headers.allow]).toEqual([method, 405, 'GET, HEAD']);
    }
  });

  it('tells the log who looked at what, and not what was searched for', async () => {
    journal.viewed.length = 0;
    await get(journal.port, '/decisions?user=alice%40example.com&namespace=web&since=');
    await get(journal.port, '/decisions?user=alice%40example.com&namespace=web');
    await get(journal.port, '/assets/page.css');
    expect(journal.viewed.map(({ durationMs: _, ...rest }) => rest)).toEqual([
      { user: 'loopback', path: '/decisions', filters: ['user', 'namespace'], status: 303 },
      { user: 'loopback', path: '/decisions', filters: ['user', 'namespace'], status: 200 },
    ]);
    expect(JSON.stringify(journal.viewed)).not.toContain('alice');
  });

  it('says what is wrong with an address, of pages and of questions', async () => {
    const page = await get(journal.port, '/exemptions?since=week');
    expect([page.status, page.text.includes('&#34;week&#34; is no length of time')]).toEqual([400, true]);
    const cases: readonly (readonly [string, string])[] = [
      ['/api/v1/decisions?decision=maybe', 'decision'],
      ['/api/v1/decisions?limit=0', 'limit'],
      ['/api/v1/decisions?cursor=x', 'cursor'],
      ['/api/v1/decisions?namspace=ci', '"namspace"'],
      ['/api/v1/decisions?namespace=a&namespace=b', 'namespace'],
      ['/api/v1/decisions?format=xml', 'format'],
      ['/api/v1/breaks?checks=no-such-check', 'checks'],
      ['/api/v1/changes', 'old'],
    ];
    for (const [path, name] of cases) {
      const { status, text } = await get(journal.port, path);
      expect([path, status, JSON.parse(text).error.problems[0].name]).toEqual([path, 400, name]);
    }
  });

  it('answers every question of the catalogue as JSON with a version, and as CSV', async () => {
    const { questionNames } = await import('../../src/journal/queries/catalogue.ts');
    const hash = lines.flatMap((one) => (one.kind === 'configuration' ? [one.line.configHash] : []));
    const needs: Readonly<Record<string, string>> = { changes: `old=${hash[0]}&new=${hash[1]}`, decision: 'id=1' };
    for (const name of questionNames) {
      const json = await get(journal.port, `/api/v1/${name}?${needs[name] ?? ''}`);
      expect([name, json.status, JSON.parse(json.text).version]).toEqual([name, 200, 1]);
      const csv = await get(journal.port, `/api/v1/${name}?${needs[name] ?? ''}&format=csv&download=yes`);
      expect([name, csv.status, csv.headers['content-type']]).toEqual([name, 200, 'text/csv; charset=utf-8']);
      expect(csv.headers['content-disposition']).toBe(`attachment; filename="pratique-${name}-2026-11-20.csv"`);
    }
    expect(JSON.parse((await get(journal.port, '/api/v1/overview')).text)).toMatchObject({ version: 1, gaps: [{}] });
  });

  it('has no such decision, and says so', async () => {
    for (const id of ['999999999', 'x', '1e3', '-1', '0x10']) {
      expect([id, (await get(journal.port, `/decisions/${id}`)).status]).toEqual([id, 404]);
    }
  });
});

describe('the page behind an auth proxy in the same pod', () => {
  let journal: TestPage;
  beforeAll(async () => {
    journal = await startPage(lines, now, { signIn: { proxy } });
  });
  afterAll(async () => await journal.close());

  it.each<readonly [string, readonly string[]]>([
    ['one of the groups', ['X-Forwarded-User', 'alice', 'X-Forwarded-Groups', 'dev,security']],
    ['headers in another case', ['x-forwarded-user', 'alice', 'X-FORWARDED-GROUPS', 'security']],
    ['spaces around', ['X-Forwarded-User', 'alice', 'X-Forwarded-Groups', ' dev , security ']],
    ['a space within', ['X-Forwarded-User', 'alice', 'X-Forwarded-Groups', 'platform team']],
  ])('lets in who is in %s', async (_, headers) => {
    const { status, text } = await get(journal.port, '/', headers);
    expect([status, text.includes('Signed in as alice')]).toEqual([200, true]);
  });

  it.each<readonly [string, number, readonly string[]]>([
    ['without a user', 401, ['X-Forwarded-Groups', 'security']],
    ['with an empty user', 401, ['X-Forwarded-User', ' ', 'X-Forwarded-Groups', 'security']],
    ['without groups', 403, ['X-Forwarded-User', 'alice']],
    ['with empty groups', 403, ['X-Forwarded-User', 'alice', 'X-Forwarded-Groups', '']],
    ['with only separators', 403, ['X-Forwarded-User', 'alice', 'X-Forwarded-Groups', ', ,']],
    ['of another group', 403, ['X-Forwarded-User', 'alice', 'X-Forwarded-Groups', 'dev']],
    ['of a group in another case', 403, ['X-Forwarded-User', 'alice', 'X-Forwarded-Groups', 'Security']],
    ['of a group that only begins so', 403, ['X-Forwarded-User', 'alice', 'X-Forwarded-Groups', 'security-readers']],
    ['with other separators', 403, ['X-Forwarded-User', 'alice', 'X-Forwarded-Groups', 'dev;security|x security']],
    [
      'with the user twice',
      403,
      ['X-Forwarded-User', 'alice', 'x-forwarded-user', 'bob', 'X-Forwarded-Groups', 'security'],
    ],
    [
      'with the groups twice',
      403,
      ['X-Forwarded-User', 'alice', 'X-Forwarded-Groups', 'dev', 'X-Forwarded-Groups', 'security'],
    ],
    ['with an underscore in the name', 401, ['X_Forwarded_User', 'alice', 'X_Forwarded_Groups', 'security']],
    ['with a name that is none', 403, ['X-Forwarded-User', 'a'.repeat(300), 'X-Forwarded-Groups', 'security']],
  ])('refuses who comes %s', async (_, status, headers) => {
    journal.refused.length = 0;
    for (const path of ['/', '/api/v1/decisions', '/assets/page.css', '/no-such-page']) {
      const got = await get(journal.port, path, headers);
      expect([path, got.status]).toEqual([path, status]);
      expect(got.text).not.toContain('gitlab');
    }
    expect(journal.refused).toHaveLength(4);
  });

  it('reads names as the UTF-8 that they are', async () => {
    const name = Buffer.from('Zoë').toString('latin1');
    const { text } = await get(journal.port, '/', ['X-Forwarded-User', name, 'X-Forwarded-Groups', 'security']);
    expect(text).toContain('Signed in as Zoë');
  });
});

describe('requests from elsewhere', () => {
  const address = Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4')?.address;
  let journal: TestPage | undefined;
  afterEach(async () => await journal?.close());

  it.each<readonly [string, SignIn]>([
    ['nobody signs in', {}],
    ['an auth proxy is configured', { proxy }],
  ])('see no page without a certificate when %s', async (_, signIn) => {
    journal = await startPage(lines, now, { signIn, address: '0.0.0.0', hosts: [address ?? 'none'] });
    const headers = ['Host', 'localhost', 'X-Forwarded-User', 'alice', 'X-Forwarded-Groups', 'security'];
    expect(address, 'this machine has no other address to come from').toBeDefined();
    const { status } = await get(journal.port, '/', headers, { host: address });
    expect(status).toBe(403);
    expect(journal.refused[0]?.reason).toContain('no loopback address');
  });
});

describe('the page behind an auth proxy with a certificate', () => {
  it('believes the proxy of the configured authority and name, and nobody else', async () => {
    const [authority, other] = await Promise.all([createAuthority(), createAuthority('another authority')]);
    const name = 'auth-proxy.pratique.svc';
    const serving = await authority.issue({ commonName: 'journal', names: ['localhost'], usage: 'server' });
    const client = await authority.issue({ commonName: 'proxy', names: [name], usage: 'client' });
    const wrongName = await authority.issue({ commonName: name, names: ['other.pratique.svc'], usage: 'client' });
    const wrongAuthority = await other.issue({ commonName: 'proxy', names: [name], usage: 'client' });
    const journal = await startPage(lines, now, {
      signIn: { proxy, clientNames: [name] },
      tls: { cert: serving.cert, key: serving.key, ca: authority.cert },
    });
    const headers = ['Host', 'localhost', 'X-Forwarded-User', 'alice', 'X-Forwarded-Groups', 'security'];
    const ask = (own: object, sent: readonly string[] = headers) =>
      get(journal.port, '/', sent, { ca: authority.cert, servername: 'localhost', ...own });
    try {
      expect((await ask({ cert: client.cert, key: client.key })).status).toBe(200);
      expect((await ask({ cert: client.cert, key: client.key }, ['Host', 'localhost'])).status).toBe(401);
      expect((await ask({ cert: wrongName.cert, key: wrongName.key })).status).toBe(403);
      await expect(ask({ cert: wrongAuthority.cert, key: wrongAuthority.key })).rejects.toThrow();
      await expect(ask({})).rejects.toThrow();
    } finally {
      await journal.close();
    }
  });
});

describe('a sign-in that is set up wrong', () => {
  it.each<readonly [string, SignIn, string]>([
    ['no group', { proxy: { ...proxy, allowGroups: [] } }, 'no group is allowed'],
    ['a group that no header can hold', { proxy: { ...proxy, allowGroups: ['a,b'] } }, 'no header can hold'],
    ['an empty group', { proxy: { ...proxy, allowGroups: [''] } }, 'no header can hold'],
    ['one header for both', { proxy: { ...proxy, groups: 'x-forwarded-user' } }, 'the same one'],
    ['a header of clients', { proxy: { ...proxy, user: 'User-Agent' } }, 'another meaning'],
    ['a header that is none', { proxy: { ...proxy, user: 'X User' } }, 'no name of a header'],
    ['a certificate without headers', { clientNames: ['proxy'] }, 'name the headers'],
  ])('starts nothing with %s', async (_, signIn, message) => {
    await expect(startPage([], now, { signIn })).rejects.toThrow(message);
  });
});

describe('a journal that is in a bad way', () => {
  it('says what to do while nothing was recorded', async () => {
    const journal = await startPage([], now);
    try {
      const { status, text } = await get(journal.port);
      expect([status, text.includes('Nothing has been recorded yet'), text.includes('--journal-url')]).toEqual([
        200,
        true,
        true,
      ]);
      for (const path of ['/decisions', '/what-would-break?mode=enforce', '/exemptions', '/configurations']) {
        expect([path, (await get(journal.port, path)).status]).toEqual([path, 200]);
      }
    } finally {
      await journal.close();
    }
  });

  it('says 503 while the store does not answer, and tells the log why', async () => {
    const journal = await startPage(lines, now);
    await journal.store.close();
    try {
      for (const path of ['/', '/decisions', '/api/v1/decisions', '/api/v1/overview']) {
        const { status, headers, text } = await get(journal.port, path);
        expect([path, status, headers['retry-after']]).toEqual([path, 503, '5']);
        expect(text).toContain('The journal cannot be read just now');
      }
      expect(journal.failed).toHaveLength(4);
    } finally {
      await journal.app.close();
    }
  });

  it('says 503 to whoever asks more at once than the store can take', async () => {
    const journal = await startPage(lines, now, { inflightLimit: 2 });
    try {
      const all = await Promise.all(
        Array.from({ length: 12 }, () => get(journal.port, '/what-would-break?mode=enforce')),
      );
      const statuses = all.map(({ status }) => status);
      expect(statuses).toContain(200);
      expect(statuses).toContain(503);
      expect((await get(journal.port)).status).toBe(200);
    } finally {
      await journal.close();
    }
  });
});
