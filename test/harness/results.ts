import type { ObjectResult, ReadError, ReportedFinding, Reporter, Totals } from '../../src/output/result.ts';

/** A finding with what a test says of it. */
export function finding(said: Partial<ReportedFinding> = {}): ReportedFinding {
  return {
    check: 'privileged',
    severity: 'critical',
    action: 'deny',
    pointer: '/spec/containers/0/securityContext/privileged',
    place: { container: 'build' },
    message: 'container "build" is privileged',
    remedy: 'Remove privileged: true.',
    value: 'true',
    ...said,
  };
}

/** An object with what a test says of it: a clean pod of a file. */
export function objectResult(said: Partial<ObjectResult> = {}): ObjectResult {
  return {
    file: 'ci/build.yaml',
    document: 0,
    apiVersion: 'v1',
    kind: 'Pod',
    namespace: 'ci',
    name: 'build',
    verdict: verdictOf(said.findings ?? []),
    findings: [],
    ...said,
  };
}

/** The whole report of a run: what a command would have written. */
export function report(reporter: Reporter, run: readonly (ObjectResult | ReadError)[]): string {
  const pieces = run.map((one) => ('findings' in one ? reporter.result(one) : reporter.error(one)));
  return [reporter.begin(), ...pieces, reporter.end(totalsOf(run))].join('');
}

function totalsOf(run: readonly (ObjectResult | ReadError)[]): Totals {
  const objects = run.filter((one) => 'findings' in one);
  return {
    files: new Set(run.map(({ file }) => file).filter((file) => file !== '')).size,
    objects: objects.length,
    denied: objects.filter(({ verdict }) => verdict === 'deny').length,
    warned: objects.filter(({ verdict }) => verdict === 'warn').length,
    errors: run.length - objects.length,
  };
}

function verdictOf(findings: readonly ReportedFinding[]): ObjectResult['verdict'] {
  if (findings.some(({ action }) => action === 'deny')) return 'deny';
  return findings.some(({ action }) => action === 'warn') ? 'warn' : 'allow';
}

/** A run with a bit of everything. */
export const sampleRun: readonly (ObjectResult | ReadError)[] = [
  objectResult({ file: 'ci/clean.yaml', name: 'clean', at: { line: 1, column: 1 } }),
  objectResult({
    at: { line: 1, column: 1 },
    findings: [
      finding({
        check: 'run-as-root',
        severity: 'medium',
        action: 'warn',
        pointer: '/spec/containers/0/securityContext/runAsUser',
        at: { line: 14, column: 9 },
        message: 'container "build" runs as root',
        remedy: 'Set runAsNonRoot: true and a runAsUser.',
        value: '0',
      }),
      finding({ at: { line: 12, column: 9 } }),
      finding({
        pointer: '/spec/containers/1/securityContext/privileged',
        place: { container: 'dind' },
        at: { line: 120, column: 9 },
        message: 'container "dind" is privileged',
      }),
    ],
  }),
  objectResult({
    document: 1,
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    namespace: '',
    name: 'web',
    at: { line: 130, column: 1 },
    findings: [
      finding({
        check: 'seccomp-unset',
        severity: 'low',
        action: 'audit',
        pointer: '/spec/template/spec',
        place: {},
        message: 'the pod has no seccomp profile',
        remedy: 'Set seccompProfile.type: RuntimeDefault.',
        value: '',
      }),
    ],
  }),
  { file: 'ci/build.yaml', document: 2, at: { line: 150, column: 3 }, message: 'duplicate key "spec"' },
  { file: 'ci/missing.yaml', document: undefined, message: 'no such file' },
];
