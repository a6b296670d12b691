import type { ExemptionDocument } from '../config/document.ts';
import type { EffectiveConfiguration } from '../config/effective.ts';
import { endOf } from '../config/names.ts';
import { indexNamespaces, patternsMeet } from '../config/namespaces.ts';
import { nameOf } from '../kubernetes/fields.ts';
import { releaseCommand } from './commands.ts';
import { type About, type Diagnosis, examination } from './diagnosis.ts';
import type { Parts, ReplicaUsage } from './state.ts';

const day = 24 * 60 * 60 * 1000;
/** As `config validate`, the log and the metrics tell. */
const expiryNotice = 7 * day;
/** An agent's pods are only judged when they are made anew: less than this says nothing. */
const unusedNotice = 30 * day;

/** What is let in, and whether it has to be. */
export const exemptionExaminations = [
  examination(
    ['exemption-expired', 'exemption-expiring', 'exemption-for-authors'],
    ['configuration', 'deployment'],
    ({ configuration, deployment }, about) =>
      configuration.effective.exemptions.flatMap(({ value }) => [
        ...expiry(value, deployment, about),
        ...authors(value, configuration.effective, deployment, about),
      ]),
  ),
  examination(['exemption-namespace'], ['configuration', 'namespaces', 'deployment'], namespaceMissing),
  examination(['exemption-unused'], ['configuration', 'usage', 'deployment'], unused),
];

function expiry(
  { name, owner, reason, expires }: ExemptionDocument,
  deployment: Parts['deployment'],
  about: About,
): readonly Diagnosis[] {
  const end = endOf(expires) ?? 0;
  if (end - about.clock > expiryNotice) return [];
  const isOver = end < about.clock;
  return [
    {
      id: isOver ? 'exemption-expired' : 'exemption-expiring',
      severity: 'warning',
      title: isOver ? `the exemption ${name} has expired: it exempts nothing` : `the exemption ${name} expires soon`,
      evidence: [`expires ${expires}, owner ${owner}: ${reason}`],
      remedy: 'Ask its owner; give it a new date, or take it out.',
      command: withNewConfiguration(deployment, about),
    },
  ];
}

function authors(
  { name, namespaces, acceptAuthorsInNamespace }: ExemptionDocument,
  effective: EffectiveConfiguration,
  deployment: Parts['deployment'],
  about: About,
): readonly Diagnosis[] {
  // Without it the configuration is refused where it matters.
  if (acceptAuthorsInNamespace !== true) return [];
  const jobs = [
    ...effective.mountFuse.namespaces,
    ...effective.namespaces.flatMap(({ value }) => (value.builders.length > 0 ? value.match : [])),
  ];
  const met = jobs.filter((job) => namespaces.some((pattern) => patternsMeet(pattern, job)));
  if (met.length === 0) return [];
  return [
    {
      id: 'exemption-for-authors',
      severity: 'info',
      title: `the author of any job can use the exemption ${name}`,
      evidence: [`job pods run in ${[...new Set(met)].join(', ')}, and acceptAuthorsInNamespace is set`],
      remedy: 'Move the agent to a namespace of its own, or use a builder profile.',
      command: withNewConfiguration(deployment, about),
    },
  ];
}

function namespaceMissing(
  { configuration, namespaces, deployment }: Pick<Parts, 'configuration' | 'namespaces' | 'deployment'>,
  about: About,
): readonly Diagnosis[] {
  const there = namespaces.map(nameOf);
  return configuration.effective.exemptions.flatMap(({ value }): readonly Diagnosis[] => {
    const missing = value.namespaces.filter((pattern) => {
      const index = indexNamespaces([[pattern]]);
      return !there.some((name) => index.first(name) !== undefined);
    });
    if (missing.length === 0) return [];
    return [
      {
        id: 'exemption-namespace',
        severity: 'info',
        title: `the exemption ${value.name} waits for whoever creates a namespace`,
        evidence: [`there is no namespace ${missing.join(', ')}: whoever may create it is exempt in it`],
        remedy: 'Create the namespace, or take the exemption out.',
        command: withNewConfiguration(deployment, about),
      },
    ];
  });
}

function unused(
  { configuration, usage, deployment }: Pick<Parts, 'configuration' | 'usage' | 'deployment'>,
  about: About,
): readonly Diagnosis[] {
  const since = Math.max(...usage.map(({ startedAt }) => startedAt));
  if (usage.length === 0 || about.clock - since < unusedNotice) return [];
  const day0 = new Date(since).toISOString().slice(0, 10);
  return configuration.effective.exemptions
    .filter(({ value }) => (endOf(value.expires) ?? 0) >= about.clock && usesOf(value.name, usage) === 0)
    .map(({ value }) => ({
      id: 'exemption-unused',
      severity: 'info',
      title: `nobody has used the exemption ${value.name}`,
      evidence: [`no use in ${usage.length} replicas, all of which have run since ${day0}`],
      remedy: 'Ask its owner. Agents need theirs again only when a node joins, or when they are updated.',
      command: withNewConfiguration(deployment, about),
    }));
}

function usesOf(name: string, usage: readonly ReplicaUsage[]): number {
  return usage.reduce((sum, { uses }) => sum + (uses.get(name) ?? 0), 0);
}

/** What the configuration is to say, only people know. */
function withNewConfiguration(deployment: Parts['deployment'], about: About): string | null {
  const command = releaseCommand(deployment, about);
  return command.startsWith('helm upgrade ') ? `${command} --values=VALUES` : null;
}
