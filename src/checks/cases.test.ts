import { describe, expect, test } from 'vitest';
import { type Case, caseSubject, readCases } from '../../test/harness/cases.ts';
import { findingsInstead } from '../../test/harness/instead.ts';
import { placesOf, restrictedFields } from '../../test/harness/restrictions.ts';
import { ruleFor } from '../../test/harness/rules.ts';
import { pointerTokens } from '../kubernetes/pointer.ts';
import { findIn, type Place } from './check.ts';
import { checks } from './registry.ts';

const folder = new URL('./', import.meta.url);

describe.each(checks.map((check) => ({ id: check.id, check })))('$id', ({ id, check }) => {
  const cases = readCases(folder, id);

  test.each(cases.found)('finds $name', (one) => {
    const { site, at, values, says, places } = one;
    const findings = findIn(check, caseSubject(one), ruleFor(id, site).site);
    expect(findings.map(({ pointer }) => pointer)).toEqual(at);
    if (values !== undefined) expect(findings.map(({ value }) => value)).toEqual(values);
    if (says !== undefined) expect(findings.map(({ message }) => message)).toEqual(says);
    if (places !== undefined) expect(findings.map(({ place }) => place)).toEqual(places);
    for (const finding of findings) {
      expect(finding).toMatchObject({ check: id, severity: check.severity });
      expect(finding.message).not.toBe('');
      const named = placeAt(finding.pointer, one);
      expect({ ...named, ...finding.place }).toEqual({ ...finding.place, ...named });
      if (Object.keys(named).length > 0) expect(finding.place).not.toEqual({});
    }
  });

  test('is of a known severity, has values to compare, and tolerates all or nothing by an empty allowance', () => {
    expect(['low', 'medium', 'high', 'critical']).toContain(check.severity);
    const findings = cases.found.flatMap((one) => findIn(check, caseSubject(one), ruleFor(id, one.site).site));
    expect(findings.some(({ value }) => value !== '')).toBe(true);
    const permitted = findings.map((finding) => check.permits(finding, {}));
    expect([...new Set(permitted)]).toEqual([Object.keys(check.allow).length === 0]);
  });

  test('restricts every field in which a case has a finding, and no other', () => {
    const fields = check.restricts.flatMap(restrictedFields);
    const places = cases.found.flatMap(placesOf);
    const has = (field: (typeof fields)[number], place: (typeof places)[number]) =>
      field.kind === place.kind && field.matches(place.pointer);
    expect(places.filter((place) => !fields.some((field) => has(field, place)))).toEqual([]);
    const idle = fields.filter((field) => !places.some((place) => has(field, place)));
    expect(idle.map(({ kind, field }) => `${kind} ${field}`)).toEqual([]);
  });

  test('says of each annotation in which it finds something that it reads it', () => {
    for (const one of cases.found) {
      const own = (check.annotationSettings ?? []).flatMap((name) => (one.site[name] ?? []) as readonly string[]);
      const read = [...(check.annotations ?? []), ...own];
      for (const { pointer } of findIn(check, caseSubject(one), ruleFor(id, one.site).site)) {
        const [metadata, annotations, key = ''] = pointerTokens(pointer);
        if (metadata !== 'metadata' || annotations !== 'annotations') continue;
        expect(read.map((each) => (each.endsWith('*') ? key.startsWith(each.slice(0, -1)) : key === each))).toContain(
          true,
        );
      }
    }
  });

  test.each(cases.clean)('finds nothing in $name', (one) => {
    expect(findIn(check, caseSubject(one), ruleFor(id, one.site).site)).toEqual([]);
  });

  test('finds nothing in what to do instead, or what its allowance tolerates', () => {
    expect(findingsInstead(check, cases.instead.after)).toEqual([]);
  });

  test.each([
    ...cases.allowed.map((one) => ({ ...one, tolerated: true })),
    ...cases.refused.map((one) => ({ ...one, tolerated: false })),
  ])('is told $tolerated by the allowance of $name', ({ tolerated, ...one }) => {
    const rule = ruleFor(id, one.site, one.allow);
    const findings = findIn(check, caseSubject(one), rule.site);
    expect(findings).not.toEqual([]);
    expect(findings.every((finding) => rule.permits?.(finding))).toBe(tolerated);
  });
});

/** What a pointer leads into, by its name; a place may name something else besides. */
function placeAt(pointer: string, { object }: Case): Place {
  const [, list = '', index = ''] = /^\/spec\/(\w+)\/(\d+)/.exec(pointer) ?? [];
  const spec = object['spec'] as Readonly<Record<string, readonly { readonly name: string }[]>> | undefined;
  const name = spec?.[list]?.[Number(index)]?.name;
  if (name === undefined) return {};
  return list === 'volumes' ? { volume: name } : list.endsWith('ontainers') ? { container: name } : {};
}
