import { expect, test } from 'vitest';
import { caseSubject, completeCase } from '../../test/harness/cases.ts';
import { ruleFor } from '../../test/harness/rules.ts';
import type { Kinds } from './check.ts';
import { type Finding, findIn } from './check.ts';
import { gatedDeviceClaim } from './gated-device-claim.ts';

const standard = ruleFor('gated-device-claim').site['fuse'] as Kinds['fuse'];

function claimed(deviceClassName: string, fuse: Kinds['fuse'] | undefined): readonly Finding[] {
  const spec = { devices: { requests: [{ name: 'device', exactly: { deviceClassName } }] } };
  const object = { apiVersion: 'resource.k8s.io/v1', kind: 'ResourceClaim', spec };
  return findIn(gatedDeviceClaim, caseSubject(completeCase({ object })), { fuse });
}

test('the class by which the mutation gives the device is as gated as its other names', () => {
  const fuse = { ...standard, resource: 'deviceclass.resource.kubernetes.io/own', gatedResources: new Set<string>() };
  expect(claimed('own', fuse).map(({ value }) => value)).toEqual(['own']);
  expect(claimed('other', fuse)).toEqual([]);
});

test('where nothing is gated, or nothing is given, every class is free', () => {
  expect(claimed('fuse', { ...standard, gatedResources: new Set() })).toEqual([]);
  expect(claimed('fuse', undefined)).toEqual([]);
});
