import { isWindows } from '../kubernetes/platform.ts';
import type { ContainerAt } from '../kubernetes/subject.ts';
import { type Check, type Finding, none, type Parameter, type Shape } from './check.ts';
import { findingIn, shown } from './findings.ts';

const heading = { id: 'capabilities-drop', severity: 'low' } as const;

/**
 * Requires that all capabilities are dropped, and that at most NET_BIND_SERVICE is added (Pod Security Standards,
 * Restricted).
 */
export const capabilitiesDrop = {
  ...heading,
  title: 'Capabilities are not dropped',
  why:
    "The runtime's default set has capabilities that few programs need, and that several escapes did: MKNOD, " +
    'SETFCAP, SYS_CHROOT, DAC_OVERRIDE.',
  remedy:
    'Set capabilities.drop: ["ALL"] in the securityContext of the container, and add nothing but NET_BIND_SERVICE.',
  gitlab: 'Have `cap_drop = ["ALL"]` set and `cap_add` removed in the runner\'s config.toml ([runners.kubernetes]).',
  restricts: [
    {
      fields: ['spec.containers[*].securityContext.capabilities.drop'],
      allowed: 'a list with ALL, in just this spelling; anything in a Windows pod, where it cannot be set',
    },
    {
      fields: ['spec.containers[*].securityContext.capabilities.add[*]'],
      allowed: 'NET_BIND_SERVICE, in just this spelling; anything in a Windows pod, where it cannot be set',
    },
  ],
  site: {},
  allow: {
    add: { kind: 'names', description: 'Capabilities that may be added, in upper case and without CAP_.' },
    keep: {
      kind: 'names',
      description: '`default`: what the runtime gives by default need not be dropped. To add to it is another thing.',
      only: ['default'],
    },
  },
  find: {
    pod(subject) {
      let findings: Finding[] | undefined;
      for (const container of subject.containers) {
        const capabilities = container.value.securityContext?.capabilities;
        if (capabilities?.drop?.includes('ALL') === true && isEmptyOrBind(capabilities.add)) continue;
        if (isWindows(subject)) return none;
        findings ??= [];
        addFindings(container, findings);
      }
      return findings ?? none;
    },
  },
  permits: ({ value }, { add, keep }) =>
    value === 'drop' ? keep?.has('default') === true : add?.has(value.slice('add:'.length)) === true,
} as const satisfies Check<Shape, { add: Parameter<'names'>; keep: Parameter<'names'> }>;

function isEmptyOrBind(add: readonly string[] | null | undefined): boolean {
  return add == null || add.every((name) => name === 'NET_BIND_SERVICE');
}

function addFindings(container: ContainerAt, findings: Finding[]): void {
  const { add, drop } = container.value.securityContext?.capabilities ?? {};
  if (drop?.includes('ALL') !== true) {
    const told = { words: 'does not drop all capabilities', value: 'drop' };
    findings.push(findingIn(heading, container, ['securityContext', 'capabilities', 'drop'], told));
  }
  for (const [index, name] of (add ?? []).entries()) {
    if (name === 'NET_BIND_SERVICE') continue;
    const told = { words: `adds the capability ${shown(name)}`, value: `add:${canonical(name)}` };
    findings.push(findingIn(heading, container, ['securityContext', 'capabilities', 'add', index], told));
  }
}

/** As the runtimes read it: in any case, with or without CAP_. */
function canonical(name: string): string {
  return name.toUpperCase().replace(/^CAP_/, '');
}
