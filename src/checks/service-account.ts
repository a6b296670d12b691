import { apiServerAudiences } from '../facts/audiences.ts';
import { pointerTo } from '../kubernetes/pointer.ts';
import type { PodSubject } from '../kubernetes/subject.ts';
import { type Check, type Finding, none, type Parameter } from './check.ts';
import { findingAt, findingOf, shown } from './findings.ts';

const heading = { id: 'service-account', severity: 'medium' } as const;

/** Forbids a token for the API server in the pod, for namespaces whose pods run what CI job authors write. */
export const serviceAccount = {
  ...heading,
  title: 'Token of a service account in the pod',
  why:
    'A job that holds a token may do whatever its service account may: create a privileged pod in a namespace that ' +
    'is exempt, read secrets, or exec into another pod. The token is mounted unless the pod, or the service account, ' +
    'says that it is not; the check reads the pod alone.',
  remedy:
    'Set automountServiceAccountToken: false, and project a token only for an audience other than the API server.',
  gitlab:
    "Have `automount_service_account_token = false` set in the runner's config.toml ([runners.kubernetes]); use " +
    '`id_tokens` in .gitlab-ci.yml for other services.',
  restricts: [
    { fields: ['spec.automountServiceAccountToken'], allowed: 'false' },
    {
      fields: ['spec.volumes[*].projected.sources[*].serviceAccountToken'],
      allowed:
        'absent, and those for an audience that is neither listed nor of the site; without one it is for the API ' +
        'server',
      listed: [...apiServerAudiences].filter((audience) => audience !== ''),
    },
  ],
  site: { audiences: { kind: 'names', description: 'Further audiences that the API server takes for its own.' } },
  allow: {
    serviceAccounts: {
      kind: 'names',
      description: 'Service accounts whose token may be in the pod, such as those without any right.',
    },
  },
  find: {
    pod(subject, { audiences }) {
      // serviceAccount is the deprecated twin, which the API server copies.
      const account = subject.spec.serviceAccountName || subject.spec.serviceAccount || 'default';
      if (subject.spec.automountServiceAccountToken === false) return findProjected(subject, account, audiences);
      const pointer = pointerTo(subject.specAt, 'automountServiceAccountToken');
      const words = `the token of the service account "${shown(account)}" is mounted into the pod`;
      return [findingAt(heading, pointer, {}, { words, value: account })];
    },
  },
  permits: ({ value }, { serviceAccounts }) => serviceAccounts?.has(value) === true,
} as const satisfies Check<{ audiences: Parameter<'names'> }, { serviceAccounts: Parameter<'names'> }>;

function findProjected(
  { volumes }: PodSubject,
  account: string,
  audiences: ReadonlySet<string> | undefined,
): readonly Finding[] {
  let findings: Finding[] | undefined;
  for (const volume of volumes) {
    const sources = volume.value.projected?.sources;
    if (sources == null) continue;
    for (let index = 0; index < sources.length; index++) {
      const token = sources[index]?.serviceAccountToken;
      if (token == null) continue;
      const audience = token.audience ?? '';
      if (!apiServerAudiences.has(audience) && audiences?.has(audience) !== true) continue;
      findings ??= [];
      findings.push(
        findingOf(heading, volume, ['projected', 'sources', index, 'serviceAccountToken'], {
          words: `projects a token of the service account "${shown(account)}" for the API server`,
          value: account,
        }),
      );
    }
  }
  return findings ?? none;
}
