import { expect, test } from 'vitest';
import type { ClusterApi } from './api.ts';
import { isOurs, reportOf, reportPath, saysTheSame, servedReportApis } from './report-api.ts';
import type { ReportContent } from './report-content.ts';
import { startReports } from './reports.ts';

const lists: Readonly<Record<string, readonly string[]>> = {
  '/apis/openreports.io/v1alpha1': ['reports', 'clusterreports'],
  '/apis/wgpolicyk8s.io/v1alpha2': ['policyreports', 'clusterpolicyreports'],
};

/** A cluster that serves some of the lists of resources. */
function serving(...paths: readonly string[]): ClusterApi {
  return {
    send: (_method, path) => {
      const names = paths.includes(path) ? lists[path] : undefined;
      if (names === undefined) return Promise.resolve({ status: 404, body: {} });
      return Promise.resolve({ status: 200, body: { resources: names.map((name) => ({ name })) } });
    },
  };
}

const content: ReportContent = {
  summary: { pass: 0, fail: 1, warn: 0, error: 0, skip: 0 },
  results: [
    {
      source: 'pratique',
      policy: 'privileged',
      severity: 'critical',
      result: 'fail',
      scored: true,
      message: 'container "main" is privileged',
      properties: { action: 'deny' },
    },
  ],
};

const [openReports, policyReports] = await servedReportApis(serving(...Object.keys(lists)));
if (openReports === undefined || policyReports === undefined) throw new Error('An API of reports is missing.');

test('OpenReports is preferred, and PolicyReports do where it is not served', async () => {
  expect(openReports.apiVersion).toBe('openreports.io/v1alpha1');
  const only = await servedReportApis(serving('/apis/wgpolicyk8s.io/v1alpha2'));
  expect(only.map(({ apiVersion }) => apiVersion)).toEqual(['wgpolicyk8s.io/v1alpha2']);
});

test('a cluster without reports is told so before it is scanned', async () => {
  await expect(startReports(serving(), undefined)).rejects.toThrow('the cluster has no reports: ');
});

test('a report is marked as ours, and says what tells whether it has changed', () => {
  const report = reportOf(openReports, 'ci', content);
  expect(report).toMatchObject({
    apiVersion: 'openreports.io/v1alpha1',
    kind: 'Report',
    metadata: { name: 'pratique', namespace: 'ci', annotations: { 'pratique.dev/content': expect.any(String) } },
    source: 'pratique',
    configuration: { limits: { maxResults: 500 } },
    ...content,
  });
  expect(isOurs(report)).toBe(true);
  expect(saysTheSame(report, reportOf(openReports, 'ci', content))).toBe(true);
  const other = { ...content, summary: { ...content.summary, fail: 2 } };
  expect(saysTheSame(report, reportOf(openReports, 'ci', other))).toBe(false);
});

test('a report that somebody edited is not the same, though it carries the hash', () => {
  const report = reportOf(openReports, 'ci', content);
  expect(saysTheSame({ ...report, results: [] }, report)).toBe(false);
});

test('a report of what is in no namespace is of the kind for that', () => {
  expect(reportOf(policyReports, '', content)).toMatchObject({
    kind: 'ClusterPolicyReport',
    metadata: { name: 'pratique' },
  });
  expect(reportPath(policyReports, '').one).toBe('/apis/wgpolicyk8s.io/v1alpha2/clusterpolicyreports/pratique');
  expect(reportPath(openReports, 'ci').one).toBe('/apis/openreports.io/v1alpha1/namespaces/ci/reports/pratique');
});

test('a PolicyReport has the severity that every release of its API knows, and the own one beside it', () => {
  expect(reportOf(policyReports, 'ci', content)).toMatchObject({
    results: [{ severity: 'high', properties: { action: 'deny', severity: 'critical' } }],
  });
});
