import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { bundleOf, type CaDocument, readCaCertificates, readCaDocument, writeCaDocument } from './ca-document.ts';
import { createCa, signSelf } from './issue.ts';

const now = Date.UTC(2026, 0, 1);
const [signing, next, other] = await Promise.all([createCa(now, 1e9), createCa(now, 1e9), createCa(now, 1e9)]);
const document: CaDocument = { signing, next, others: [other.certificate], signingSince: now, rotate: true };

function texts(of: CaDocument) {
  const { data, annotations } = writeCaDocument(of);
  const strings = (from: object) => Object.fromEntries(Object.entries(from).filter(([, text]) => text !== undefined));
  return { data: strings(data), annotations: strings(annotations) };
}

test('what was written is read again, whatever the order of the bundle', () => {
  const { data, annotations } = texts(document);
  expect(readCaDocument(data, annotations)).toEqual(document);
  const reversed = [other, next, signing].map(({ certificate }) => certificate.pem).join('# a comment\n');
  expect(readCaDocument({ ...data, 'ca.crt': reversed }, annotations)).toEqual(document);
  expect(Object.keys(texts({ signing, others: [], rotate: false }).data)).toEqual(['ca.crt', 'ca.key']);
});

test.for([
  ['no bundle', { 'ca.crt': undefined }, 'ca.crt holds no certificate of a CA'],
  ['a bundle of nonsense', { 'ca.crt': 'nonsense' }, 'ca.crt holds no certificate of a CA'],
  ['no key', { 'ca.key': undefined }, 'ca.key is not the P-256 key of a CA in ca.crt'],
  ['a broken key', { 'ca.key': signing.key.slice(0, 60) }, 'ca.key is not the P-256 key of a CA in ca.crt'],
  ['a key of another curve', { 'ca.key': otherCurve() }, 'ca.key is not the P-256 key of a CA in ca.crt'],
] as const)('a Secret with %s is corrupt', ([, over, problem]) => {
  const { data, annotations } = texts(document);
  const damaged = Object.fromEntries(
    Object.entries({ ...data, ...over }).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  expect(readCaDocument(damaged, annotations)).toMatchObject({ corrupt: problem });
});

test('what signing does not need may be broken: the next key, the time, certificates that are none or of no CA', async () => {
  const { data } = texts(document);
  const leaf = await signSelf(['localhost'], now, 1e9);
  const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  const read = readCaDocument(
    { 'ca.crt': `${broken}${leaf.cert}${data['ca.crt']}${data['ca.crt']}`, 'ca.key': signing.key, 'next.key': 'x' },
    { 'pratique.dev/signing-since': 'yesterday' },
  );
  expect(read).toEqual({ signing, others: [next.certificate, other.certificate], rotate: false });
  expect(readCaCertificates(bundleOf(document))).toEqual([signing.certificate, next.certificate, other.certificate]);
});

function otherCurve(): string {
  return generateKeyPairSync('ec', { namedCurve: 'P-384' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
}
