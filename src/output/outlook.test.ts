import { expect, test } from 'vitest';
import { finding, objectResult, report } from '../../test/harness/results.ts';
import { jsonReporterWith } from './json.ts';
import { type Outlook, outlookText } from './outlook.ts';
import { textReporter } from './text.ts';

const agent = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  namespace: 'kube-system',
  name: 'agent',
  pods: 300,
  checks: ['host-network', 'privileged'],
};
const volume = { ...agent, apiVersion: 'v1', kind: 'PersistentVolume', namespace: '', name: 'sock', pods: null };
const outlook: Outlook = { notComingBack: [agent], newlyDenied: [volume], newlyAdmitted: [] };

test('an outlook names each object, its pods and the checks', () => {
  expect(outlookText(outlook, 'new.yaml')).toBe(
    [
      '',
      'Would not come back if their node were replaced under enforcement:',
      '  DaemonSet kube-system/agent, 300 pods: host-network, privileged',
      '',
      'Newly denied under new.yaml:',
      '  PersistentVolume sock: host-network, privileged',
      '',
      'Newly admitted under new.yaml: none',
      '',
    ].join('\n'),
  );
});

test('where nothing is compared, nothing is said of it', () => {
  const text = outlookText({ ...outlook, newlyDenied: null, newlyAdmitted: null }, 'new.yaml');
  expect(text).not.toContain('Newly');
});

test('as JSON an outlook stands beside the results, and the pods of an owner in its result', () => {
  const result = objectResult({ file: '', kind: 'DaemonSet', name: 'agent', pods: 300 });
  const told = JSON.parse(
    report(
      jsonReporterWith(() => ({ ...outlook })),
      [result],
    ),
  ) as object;
  expect(Object.keys(told)).toEqual(['version', 'results', 'errors', 'notComingBack', 'newlyDenied', 'newlyAdmitted']);
  expect(told).toMatchObject({ results: [{ name: 'agent', pods: 300 }], ...outlook });
});

test('as text the pods of an owner stand beside its name', () => {
  const result = objectResult({ file: '', kind: 'DaemonSet', name: 'agent', pods: 1, findings: [finding()] });
  expect(report(textReporter({ color: false }), [result])).toMatch(/^DaemonSet ci\/agent, 1 pod\n/);
});
