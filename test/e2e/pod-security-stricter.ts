import type { Finding } from '../../src/checks/check.ts';

/** Why the profiles `baseline` and `restricted` deny a pod that Pod Security admits. */
export interface Stricter {
  readonly check: Finding['check'];
  readonly why: string;
  isReasonOf(finding: Finding): boolean;
}

/** All there are; docs/configuration.md has the same list. */
export const stricter: readonly Stricter[] = [
  {
    check: 'unsafe-sysctls',
    why: 'Pod Security reads the names of sysctls only, but CRI-O took further ones from a value (CVE-2022-0811)',
    isReasonOf: ({ check, value }) => check === 'unsafe-sysctls' && value.startsWith('injected:'),
  },
  {
    check: 'seccomp-unconfined',
    why: 'Pod Security reads fields only, but CRI-O takes a seccomp profile from an annotation',
    isReasonOf: ({ check, value }) => check === 'seccomp-unconfined' && value === 'annotation',
  },
  {
    check: 'fuse-contract',
    why: 'the FUSE device is ours to give, and no standard knows it',
    isReasonOf: ({ check }) => check === 'fuse-contract',
  },
];
