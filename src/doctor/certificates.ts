import { X509Certificate } from 'node:crypto';
import { named, objectsAt, textAt } from '../kubernetes/fields.ts';
import type { Fields } from '../kubernetes/shape.ts';
import { readCaCertificates } from '../tls/ca-document.ts';
import { commandOf, quoted } from './commands.ts';
import { type About, type Diagnosis, examination } from './diagnosis.ts';
import { webhookNames } from './expected.ts';
import { configurationResources } from './live-webhooks.ts';
import { argumentOf } from './serving.ts';
import type { Parts, Served } from './state.ts';

const day = 24 * 60 * 60 * 1000;
/** A certificate that is still not replaced then will not be. */
const leafNotice = 5 * day;
/** What takes people to replace comes with more time. */
const caNotice = 30 * day;

/** Whether the API server trusts what is served. */
export const certificateExaminations = [
  examination(['ca-bundle-missing', 'ca-bundle-expiry'], ['validating', 'mutating', 'deployment'], (parts, about) =>
    bundlesOf(parts, about).flatMap((bundle) => bundleAlone(bundle, parts, about)),
  ),
  examination(
    ['ca-bundle-mismatch', 'certificate-expiry', 'certificate-name'],
    ['validating', 'mutating', 'deployment', 'served'],
    (parts, about) => [
      ...bundlesOf(parts, about).flatMap((bundle) => mismatch(bundle, parts, about)),
      ...leaf(parts.served, parts, about),
    ],
  ),
];

interface Bundle {
  readonly kind: keyof typeof configurationResources;
  /** The webhooks that have it. */
  readonly webhooks: readonly { readonly name: string; readonly index: number }[];
  /** PEM. */
  readonly text: string;
}

/** The different bundles of our webhooks, which is one a configuration unless something is wrong. */
function bundlesOf(
  { validating, mutating }: Pick<Parts, 'validating' | 'mutating'>,
  { name }: About,
): readonly Bundle[] {
  const of = (kind: Bundle['kind'], configuration: Fields | undefined): readonly Bundle[] => {
    const webhooks = objectsAt(configuration, 'webhooks').flatMap((webhook, index) => {
      const name = textAt(webhook, 'name');
      // What asks somebody else, or is not ours, is told of as that.
      if (!webhookNames.has(name) || textAt(webhook, 'clientConfig', 'url') !== '') return [];
      const text = Buffer.from(textAt(webhook, 'clientConfig', 'caBundle'), 'base64').toString();
      return [{ name, index, text }];
    });
    return [...Map.groupBy(webhooks, ({ text }) => text)].map(([text, group]) => ({ kind, webhooks: group, text }));
  };
  return [...of('validating', named(validating, name)), ...of('mutating', named(mutating, name))];
}

type Installed = Pick<Parts, 'deployment'>;

function bundleAlone(bundle: Bundle, { deployment }: Installed, about: About): readonly Diagnosis[] {
  const { kind, webhooks, text } = bundle;
  const where = `of ${webhooks.map(({ name }) => name).join(', ')} (${configurationResources[kind]} ${about.name})`;
  const authorities = readCaCertificates(text);
  if (authorities.length === 0) {
    return [
      {
        id: 'ca-bundle-missing',
        severity: 'error',
        title: 'the API server trusts no certificate of the webhook',
        evidence: [`the caBundle ${where} ${text === '' ? 'is empty' : 'holds no certificate of a CA'}`],
        ...repair(bundle, deployment, about),
      },
    ];
  }
  const last = Math.max(...authorities.map(({ notAfter }) => notAfter));
  if (last - about.clock > caNotice) return [];
  return [
    {
      id: 'ca-bundle-expiry',
      severity: last <= about.clock ? 'error' : 'warning',
      title: last <= about.clock ? 'the CA of the caBundle has expired' : 'the CA of the caBundle expires soon',
      evidence: [`the last CA ${where} ends on ${dateOf(last)}`],
      remedy: 'Have a new CA made (docs/tls.md).',
      command: rotate(deployment, about),
    },
  ];
}

function mismatch(
  bundle: Bundle,
  { deployment, served }: Installed & Pick<Parts, 'served'>,
  about: About,
): readonly Diagnosis[] {
  const authorities = readCaCertificates(bundle.text);
  if (authorities.length === 0) return [];
  const trusted = authorities.map(({ pem }) => new X509Certificate(pem));
  const [signing] = readCaCertificates(served.authorities ?? '');
  const problems: string[] = [];
  if (served.chain !== undefined && !isTrusted(served.chain, trusted)) {
    problems.push(`the certificate of ${served.source} is signed by no CA of the caBundle`);
  }
  if (signing !== undefined && !authorities.some(({ fingerprint }) => fingerprint === signing.fingerprint)) {
    problems.push(`the caBundle lacks the CA ${signing.fingerprint.slice(0, 23)}… of ${served.source}`);
  }
  if (problems.length === 0) return [];
  return [
    {
      id: 'ca-bundle-mismatch',
      severity: 'error',
      title: 'the API server does not trust what the webhook serves',
      evidence: [
        `the caBundle of ${bundle.webhooks.map(({ name }) => name).join(', ')} holds ${authorities.map(({ fingerprint }) => `${fingerprint.slice(0, 23)}…`).join(', ')}`,
        ...problems,
      ],
      ...repair(bundle, deployment, about),
    },
  ];
}

function leaf({ chain, source }: Served, { deployment }: Installed, about: About): readonly Diagnosis[] {
  const [first] = certificatesOf(chain ?? []);
  if (first === undefined) return [];
  const host = `${about.name}.${about.namespace}.svc`;
  const end = first.validToDate.getTime();
  const found: Diagnosis[] = [];
  if (end - about.clock <= leafNotice) {
    found.push({
      id: 'certificate-expiry',
      severity: end <= about.clock ? 'error' : 'warning',
      title: end <= about.clock ? 'the certificate has expired' : 'the certificate was not renewed',
      evidence: [`that of ${source} ends on ${dateOf(end)}`],
      remedy: 'Read the log for why it is not renewed (docs/tls.md); a new replica asks for a new one.',
      command: restart(deployment, about),
    });
  }
  if (first.checkHost(host) === undefined) {
    found.push({
      id: 'certificate-name',
      severity: 'error',
      title: 'the certificate is not for the name that the API server asks for',
      evidence: [`that of ${source} is for ${first.subjectAltName ?? first.subject}, not ${host}`],
      remedy: 'Have one made for that name.',
      command: null,
    });
  }
  return found;
}

/** Whether a chain ends in a CA that is trusted, as far as names and signatures say so. */
function isTrusted(chain: readonly string[], trusted: readonly X509Certificate[]): boolean {
  let [current, ...rest] = certificatesOf(chain);
  for (let links = 0; current !== undefined && links < 8; links++) {
    const one: X509Certificate = current;
    if (trusted.some((ca) => ca.fingerprint256 === one.fingerprint256 || isIssuer(ca, one))) return true;
    current = rest.find((other) => isIssuer(other, one));
    rest = rest.filter((other) => other !== current);
  }
  return false;
}

function isIssuer(ca: X509Certificate, certificate: X509Certificate): boolean {
  return certificate.checkIssued(ca) && certificate.verify(ca.publicKey);
}

function certificatesOf(chain: readonly string[]): readonly X509Certificate[] {
  return chain.flatMap((pem) => {
    try {
      return [new X509Certificate(pem)];
    } catch {
      return [];
    }
  });
}

/** Sets the bundle from the Secret of the CA, or has whoever keeps it do so. */
function repair(
  { kind, webhooks }: Bundle,
  deployment: Parts['deployment'],
  { namespace, name }: About,
): Pick<Diagnosis, 'remedy' | 'command'> {
  const secret = argumentOf(deployment, '--tls-secret');
  if (secret === '') {
    return {
      remedy: "Set it from the CA that signed the certificate; with cert-manager, look at its injector's log.",
      command: null,
    };
  }
  const get = `${commandOf('kubectl', '--namespace', namespace, 'get', 'secret', secret)} --output=jsonpath='{.data.ca\\.crt}'`;
  const operations = webhooks.flatMap((webhook) => [
    `{"op":"test","path":"/webhooks/${webhook.index}/name","value":${JSON.stringify(webhook.name)}}`,
    `{"op":"add","path":"/webhooks/${webhook.index}/clientConfig/caBundle","value":"'"$(${get})"'"}`,
  ]);
  const patch = `--patch='[${operations.join(',')}]'`;
  return {
    remedy: 'A replica repairs it within a minute, unless it lacks the right to: read the log. By hand:',
    command: `kubectl patch ${configurationResources[kind]} ${quoted(name)} --type=json ${patch}`,
  };
}

function rotate(deployment: Parts['deployment'], { namespace }: About): string | null {
  const secret = argumentOf(deployment, '--tls-secret');
  if (secret === '') return null;
  const annotate = ['annotate', '--overwrite', 'secret', secret, 'pratique.dev/rotate=now'];
  return commandOf('kubectl', '--namespace', namespace, ...annotate);
}

function restart(deployment: Parts['deployment'], { namespace, name }: About): string | null {
  if (deployment === undefined) return null;
  return commandOf('kubectl', '--namespace', namespace, 'rollout', 'restart', `deployment/${name}`);
}

function dateOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
