import { describe, expect, test } from 'vitest';
import { configuredFor } from '../../../test/harness/journal-configurations.ts';
import { configurationChanges } from './difference.ts';

const exemption = (overrides: Readonly<Record<string, unknown>> = {}) => ({
  name: 'agents',
  namespaces: ['agents'],
  allow: { 'host-path-unlisted': { paths: ['/mnt/data'] } },
  owner: 'platform',
  reason: 'agents',
  expires: '2030-01-01',
  ...overrides,
});

function changes(before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>) {
  return configurationChanges(configuredFor(before), configuredFor(after)).map(
    ({ subject, text, effect }) => `${subject}: ${text} (${effect})`,
  );
}

describe('what differs between two configurations', () => {
  test('is nothing when they mean the same, however they are written', () => {
    const profiles = { ci: { extends: 'dind', checks: { 'host-pid': 'warn' } } };
    const other = { ci: { extends: 'dind', checks: { 'host-pid': { action: 'warn' } } } };
    expect(changes({ profiles }, { profiles: other })).toEqual([]);
  });

  test.for<[string, Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>, readonly string[]]>([
    [
      'the mode of default',
      {},
      { default: { mode: 'warn' }, clusterScoped: { mode: 'enforce' } },
      ['default: The mode goes from enforce to warn. (weaker)'],
    ],
    [
      'a namespace that comes, and one that goes',
      { namespaces: [{ match: ['a'], mode: 'warn' }] },
      { namespaces: [{ match: ['b'], mode: 'audit' }] },
      [
        'namespace b: Has an entry of its own: profile dind, mode audit; before, what matched otherwise. (other)',
        'namespace a: Has no entry of its own any more: it was profile dind, mode warn. (other)',
      ],
    ],
    [
      'a namespace that is raised, and gains a builder profile',
      { namespaces: [{ match: ['a'], mode: 'audit' }] },
      { namespaces: [{ match: ['a'], mode: 'enforce', builders: [{ profile: 'kaniko', containers: ['build'] }] }] },
      [
        'namespace a: The mode goes from audit to enforce. (stronger)',
        'namespace a: Gains the builder profile kaniko for build. (weaker)',
      ],
    ],
    [
      'the order of entries, of which the first counts',
      {
        namespaces: [
          { match: ['a-*'], profile: 'strict' },
          { match: ['a-b'], mode: 'warn' },
        ],
      },
      {
        namespaces: [
          { match: ['a-b'], mode: 'warn' },
          { match: ['a-*'], profile: 'strict' },
        ],
      },
      ['namespaces: The entries are in another order, and the first that matches counts. (other)'],
    ],
    [
      'the action and the allowance of a check in a profile',
      { profiles: { ci: { checks: { 'host-path-unlisted': { action: 'warn', allow: { paths: ['/mnt/a'] } } } } } },
      {
        profiles: {
          ci: { checks: { 'host-path-unlisted': { action: 'deny', allow: { paths: ['/mnt/a', '/mnt/b'] } } } },
        },
      },
      [
        'profile ci: The action of host-path-unlisted goes from warn to deny. (stronger)',
        'profile ci: What host-path-unlisted allows differs: + paths /mnt/b (to be written to). (weaker)',
      ],
    ],
    [
      'what a profile does about templates, and how it denies',
      { profiles: { ci: {} } },
      { profiles: { ci: { templates: 'deny', denialStatus: 422 } } },
      [
        'profile ci: What is done about templates goes from warn to deny. (stronger)',
        'profile ci: Denials have the status 422, not 403. (other)',
      ],
    ],
    [
      'what a check looks for',
      { profiles: { ci: { checks: { 'engine-port': 'deny' } } } },
      { profiles: { ci: { checks: { 'engine-port': { action: 'deny', ports: ['1234'] } } } } },
      ['profile ci: engine-port looks for other ports: + 1234. (other)'],
    ],
    ['a profile that comes', {}, { profiles: { ci: {} } }, ['profile ci: Is new. (other)']],
    ['a profile that goes', { profiles: { ci: {} } }, {}, ['profile ci: Is gone. (other)']],
    [
      'an exemption that comes',
      {},
      { exemptions: [exemption()] },
      ['exemption agents: Is new: host-path-unlisted in agents, until 2030-01-01. (weaker)'],
    ],
    ['an exemption that goes', { exemptions: [exemption()] }, {}, ['exemption agents: Is gone. (stronger)']],
    [
      'an exemption that is for others, and longer',
      { exemptions: [exemption({ users: ['anna'], images: ['quay.io/**'] })] },
      {
        exemptions: [
          exemption({
            namespaces: ['agents', 'web'],
            users: ['otto'],
            serviceAccounts: ['agent'],
            expires: '2031-01-01',
          }),
        ],
      },
      [
        'exemption agents: Gains the namespace web. (weaker)',
        'exemption agents: Is narrowed to serviceAccounts agent. (stronger)',
        'exemption agents: Is no longer narrowed to images quay.io/**. (weaker)',
        'exemption agents: Gains the entry of users otto. (weaker)',
        'exemption agents: Loses the entry of users anna. (stronger)',
        'exemption agents: Ends 2031-01-01, not 2030-01-01. (weaker)',
      ],
    ],
    [
      'what an exemption allows',
      { exemptions: [exemption()] },
      { exemptions: [exemption({ allow: { 'host-path-unlisted': true }, owner: 'others' })] },
      [
        'exemption agents: What host-path-unlisted allows differs: + everything, - paths /mnt/data (to be written to). (weaker)',
        'exemption agents: The owner differs. (other)',
      ],
    ],
    [
      'everything else',
      {},
      { mountFuse: { namespaces: ['ci'] }, breakGlass: { groups: ['on-call'] }, journal: { allows: 'all' } },
      [
        'mountFuse: `namespaces` goes from [] to ["ci"]. (other)',
        'breakGlass: Gains the group on-call. (weaker)',
        'journal: `allows` goes from "none" to "all". (other)',
      ],
    ],
  ])('tells %s', ([, before, after, told]) => {
    expect(changes(before, after)).toEqual(told);
  });
});
