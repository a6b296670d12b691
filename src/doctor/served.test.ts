import { X509Certificate } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { expect, test } from 'vitest';
import { createCa, issueLeaf } from '../tls/issue.ts';
import { presentedBy } from './served.ts';

const day = 86_400_000;

test('a handshake tells the certificates that are presented, trusted or not', async () => {
  const ca = await createCa(Date.now(), day);
  const { material } = await issueLeaf(ca, { names: ['it.example.svc'], now: Date.now(), lifetime: day });
  const server = createServer({ cert: `${material.cert}${ca.certificate.pem}`, key: material.key });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const chain = await presentedBy({ address: '127.0.0.1', port, host: 'it.example.svc' });
    const [leaf, issuer] = chain.map((pem) => new X509Certificate(pem));
    expect(leaf?.fingerprint256).toBe(material.fingerprint);
    expect(issuer?.fingerprint256).toBe(ca.certificate.fingerprint);
  } finally {
    server.close();
  }
});

test('nobody there is an error', async () => {
  await expect(presentedBy({ address: '127.0.0.1', port: 1, host: 'it' })).rejects.toThrow('ECONNREFUSED');
});
