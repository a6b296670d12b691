import fc from 'fast-check';
import { hardenedContainer, hardenedPod } from '../hardened.ts';

/** What parsers look for, and what looks like it. */
const tokens = [
  ...['/', '//', '/./', '/../', '/a', 'a/', '\\', '\\\\.\\', '//./', '//?/', 'C:', '~1', '..', '. ', ':', '...', '??'],
  ...[
    '*',
    '**',
    '*a',
    '$(',
    '$(A)',
    '$$',
    '$',
    ')',
    '(',
    '"',
    "'",
    '\\"',
    '`',
    ' ',
    '\n',
    '\t',
    ';',
    '&',
    '|',
    '=',
    '-',
  ],
  ...['.', '@', '_', '-c', '--', 'sh -c ', 'env -S ', 'dockerd', 'dockerd ', '/bin/dind', 'podman system ', 'k3s'],
  ...[
    'docker',
    'dind',
    '/docker',
    ':29',
    'sha256:',
    'a',
    'A',
    'z9',
    '0',
    '1e',
    '.5',
    'Ki',
    ',',
    '#',
    '?',
    '%',
    '<',
    '&',
  ],
  ...[
    'CAP_',
    'run',
    '/run',
    '/host',
    '/proc/1/root',
    '/var',
    'progra~1',
    '[',
    ']',
    '{',
    '}',
    '\u0000',
    '\u001b',
    '\u202e',
  ],
  ...['\ud800', '\udc00', '😀', '\u2028', '\ufeff', 'ſ', 'İ'],
];
const word = fc.array(fc.oneof(fc.constantFrom(...tokens), fc.string({ unit: 'binary', maxLength: 4 })), {
  maxLength: 4,
});

/** A text of any length, that begins and ends somehow and in between repeats itself. */
export interface Hostile {
  readonly start: string;
  readonly period: string;
  readonly end: string;
}

/** Texts of what parsers look for. */
export const hostile: fc.Arbitrary<Hostile> = fc
  .record({ start: word, period: word, end: word })
  .map(({ start, period, end }) => ({ start: start.join(''), period: period.join('') || 'x', end: end.join('') }));

/** The text, about so long. */
export function textOf({ start, period, end }: Hostile, length: number): string {
  return start + period.repeat(Math.ceil(length / period.length)) + end;
}

/** A pod with a text in every place where a check reads one, behind what makes the check read on. */
export function podOf(text: string) {
  const clean = hardenedPod();
  const profile = { type: text };
  const context = {
    appArmorProfile: profile,
    seccompProfile: profile,
    seLinuxOptions: { type: text, user: text, role: text },
    windowsOptions: { runAsUserName: text },
  };
  return {
    ...clean,
    metadata: {
      ...clean.metadata,
      labels: { app: text, [text]: text, 'mount-fuse': text },
      annotations: {
        [text]: text,
        'pratique.dev/fuse-containers': text,
        [`container.apparmor.security.beta.kubernetes.io/${text}`]: text,
        [`seccomp-profile.crio.io/${text}`]: text,
        [`io.katacontainers.config.${text}`]: text,
      },
    },
    spec: {
      ...clean.spec,
      containers: containersOf(text, context),
      nodeName: text,
      priorityClassName: `system-${text}`,
      resourceClaims: [{ name: text, resourceClaimName: text }],
      runtimeClassName: text,
      securityContext: { ...context, sysctls: [{ name: text, value: text }], [text]: 'x' },
      serviceAccountName: text,
      tolerations: [{ key: text }],
      volumes: volumesOf(text),
    },
  };
}

function containersOf(text: string, context: object): readonly object[] {
  const command = (name: string, words: readonly string[]) => ({ ...hardenedContainer(name), command: words });
  return [
    {
      ...hardenedContainer(text),
      image: text,
      args: [text],
      env: [{ name: text, value: text }],
      envFrom: [{ prefix: text }],
      volumeMounts: [
        { name: text, subPath: text },
        { name: 'v1', subPath: text, subPathExpr: text, mountPropagation: text },
      ],
      volumeDevices: [{ name: text }],
      resources: { limits: { [`a.b/${text}`]: '1', 'squat.ai/fuse': text }, claims: [{ name: text }] },
      securityContext: { ...context, capabilities: { add: [text, `CAP_${text}`], drop: [text] }, procMount: text },
      livenessProbe: { httpGet: { host: text }, exec: { command: [text] } },
    },
    { ...hardenedContainer('prefix'), image: `docker:${text}` },
    { ...hardenedContainer('suffix'), image: `${text}/docker:dind` },
    command('words', text.split(' ')),
    command('wrapped', ['env', text, 'dockerd']),
    command('split', ['env', '-S', text]),
    command('options', ['nsenter', `-${text}`, text]),
    { ...command('script', ['sh', '-c', `dockerd ${text}`]), env: [{ name: 'A', value: text }] },
    { ...command('variable', ['$(A)', text]), env: [{ name: 'A', value: text }] },
    command('subcommand', ['k3s', text, `--${text}`]),
    command('root', ['chroot', `/${text}`]),
  ];
}

function volumesOf(text: string): readonly object[] {
  const paths = [text, `/${text}`, `/cache/${text}`, `C:\\${text}`, `\\\\.\\${text}`, `${text}/docker.sock`];
  return [
    ...paths.map((path, index) => ({ name: `v${index}`, hostPath: { path, type: text } })),
    { name: text, image: { reference: text } },
    { name: 'flex', flexVolume: { driver: text } },
    { name: 'csi', csi: { driver: text } },
    { name: 'token', projected: { sources: [{ serviceAccountToken: { audience: text } }, { [text]: {} }] } },
    { name: 'unknown', [text]: {} },
  ];
}
