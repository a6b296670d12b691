import { safeSysctls } from '../facts/sysctls.ts';
import { pointerTo } from '../kubernetes/pointer.ts';
import type { PodSubject } from '../kubernetes/subject.ts';
import { type Check, type Finding, none, type Parameter, type Shape } from './check.ts';
import { findingAt, shown } from './findings.ts';

const heading = { id: 'unsafe-sysctls', severity: 'high' } as const;

/**
 * Forbids sysctls that reach beyond the pod (Pod Security Standards, Baseline), and values that smuggle in another one.
 */
export const unsafeSysctls = {
  ...heading,
  title: 'Sysctl that reaches beyond the pod',
  why:
    'Most sysctls change the kernel for the whole node: kernel.core_pattern runs a program as root there. CRI-O took ' +
    'several sysctls from one value, so that a safe name set an unsafe one (CVE-2022-0811).',
  remedy: 'Drop the sysctl, or have it set on the nodes by those who run them.',
  restricts: [
    { fields: ['spec.securityContext.sysctls[*].name'], allowed: 'those listed', listed: [...safeSysctls] },
    { fields: ['spec.securityContext.sysctls[*].value'], allowed: 'every value without + and =' },
  ],
  site: {},
  allow: {
    names: { kind: 'names', description: 'Sysctls that may be set, each in the spelling with dots.' },
  },
  find: {
    pod(subject) {
      const sysctls = subject.spec.securityContext?.sysctls;
      if (sysctls == null) return none;
      let findings: Finding[] | undefined;
      for (let index = 0; index < sysctls.length; index++) {
        const name = sysctls[index]?.name ?? '';
        const value = sysctls[index]?.value ?? '';
        if (!safeSysctls.has(name)) {
          findings ??= [];
          findings.push(
            sysctl(
              subject,
              [index, 'name'],
              [`the pod sets the sysctl "${shown(name)}", which is not a safe one`, dotted(name)],
            ),
          );
        }
        if (value.includes('+') || value.includes('=')) {
          findings ??= [];
          const words = `the value of the sysctl "${shown(name)}" has a "+" or "=", by which other sysctls can be set`;
          findings.push(sysctl(subject, [index, 'value'], [words, `injected:${dotted(name)}`]));
        }
      }
      return findings ?? none;
    },
  },
  permits: ({ value }, { names }) => names?.has(value) === true,
} as const satisfies Check<Shape, { names: Parameter<'names'> }>;

/** `net/ipv4/conf/eth0.1/rp_filter` is `net.ipv4.conf.eth0/1.rp_filter`: the first separator decides (sysctl.d(5)). */
function dotted(name: string): string {
  const first = /[./]/.exec(name)?.[0];
  return first === '/' ? name.replace(/[./]/g, (separator) => (separator === '/' ? '.' : '/')) : name;
}

function sysctl(
  subject: PodSubject,
  field: readonly (string | number)[],
  [words, value]: readonly [string, string],
): Finding {
  return findingAt(heading, pointerTo(subject.specAt, 'securityContext', 'sysctls', ...field), {}, { words, value });
}
