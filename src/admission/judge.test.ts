import { describe, expect, test } from 'vitest';
import { type Check, type Finding, none } from '../checks/check.ts';
import type { BuilderProfile, Exemption, Mode, Policy, Rule } from '../config/policy.ts';
import { podSubject } from '../kubernetes/subject.ts';
import { decisionOf } from './decision.ts';
import { type Case, judge } from './judge.ts';

/** Finds each container whose image names the check, and each annotation of that name. */
function marker(id: string, severity: Finding['severity'] = 'high'): Check {
  return {
    id,
    title: id,
    severity,
    why: 'Test.',
    remedy: 'Test.',
    restricts: [],
    site: {},
    allow: {},
    find: {
      pod(subject) {
        const found = subject.containers
          .filter(({ value }) => value.image?.includes(id))
          .map(
            ({ name, at }): Finding => ({
              check: id,
              severity,
              pointer: at,
              place: { container: name },
              value: id,
              message: id,
            }),
          );
        return found.length === 0 ? none : found;
      },
    },
    permits: () => true,
  };
}

const throwing: Check = {
  ...marker('broken'),
  find: {
    pod() {
      throw new TypeError('a bug');
    },
  },
};

const deny = (check: Check): Rule => ({ check, action: 'deny', site: {} });
const warn = (check: Check): Rule => ({ check, action: 'warn', site: {} });
const rules = [deny(marker('bad')), deny(marker('evil')), warn(marker('odd'))];

function policy(over: Partial<Policy> & { rules?: readonly Rule[] } = {}): Policy {
  const { rules: own, ...rest } = over;
  return {
    profile: {
      name: 'test',
      denialStatus: 403,
      templates: 'warn',
      rules: {
        pod: own ?? rules,
        persistentVolume: [],
        storageClass: [],
        runtimeClass: [],
        resourceClaim: [],
        service: [],
      },
    },
    mode: 'enforce',
    builders: [],
    exemptions: [],
    ...rest,
  };
}

function exemption(name: string, checks: readonly string[], over: Partial<Exemption> = {}): Exemption {
  return {
    name,
    expires: Number.POSITIVE_INFINITY,
    allow: new Map(checks.map((check) => [check, () => true])),
    applies: () => true,
    ...over,
  };
}

function builder(name: string, containers: readonly string[], checks: readonly string[], holds = true): BuilderProfile {
  const { allow } = exemption(name, checks);
  return { name, containers: new Set(containers), allowedIn: () => (holds ? allow : undefined) };
}

function pod(images: Readonly<Record<string, string>>) {
  const containers = Object.entries(images).map(([name, image]) => ({ name, image }));
  return podSubject({ metadata: {}, spec: { containers } }, 'jobs');
}

function request(images: Readonly<Record<string, string>>, over: Partial<Case> = {}): Case {
  return {
    now: pod(images),
    before: undefined,
    user: { name: 'u', groups: [] },
    breakGlass: undefined,
    restraint: undefined,
    ...over,
  };
}

/** check → outcome/because[/ref], in order. */
function told(one: Case, by: Policy, clock = 0): readonly string[] {
  return judge(one, by, clock).map(({ finding, outcome, because, ref }) =>
    [finding.check, outcome, because, ...(ref === undefined ? [] : [ref])].join('/'),
  );
}

test('a clean pod has no judgement', () => {
  expect(judge(request({ a: 'fine' }), policy(), 0)).toEqual([]);
});

describe('mode', () => {
  test.each([
    ['enforce', ['bad/deny/profile', 'odd/warn/profile'], 'deny'],
    ['warn', ['bad/warn/mode', 'odd/warn/profile'], 'would-deny'],
    ['audit', ['bad/audit/mode', 'odd/audit/mode'], 'would-deny'],
  ] as const)('%s', (mode: Mode, expected, decision) => {
    const one = request({ a: 'bad-odd' });
    expect(told(one, policy({ mode }))).toEqual(expected);
    expect(decisionOf(judge(one, policy({ mode }), 0))).toBe(decision);
  });

  test('comes last: what is exempt in enforce is exempt in audit, and not a denial that was lowered', () => {
    const by = policy({ mode: 'audit', exemptions: [exemption('agents', ['bad'])] });
    expect(told(request({ a: 'bad' }), by)).toEqual(['bad/ignore/exemption/agents']);
    expect(decisionOf(judge(request({ a: 'bad' }), by, 0))).toBe('exempt');
  });

  test('a mirror pod is only recorded', () => {
    expect(told(request({ a: 'bad' }, { restraint: { mode: 'audit', because: 'mirror' } }), policy())).toEqual([
      'bad/audit/mirror',
    ]);
  });
});

describe('the restraint of templates', () => {
  test.each([
    ['enforce', 'warn', ['bad/warn/template', 'odd/warn/profile']],
    ['enforce', 'audit', ['bad/audit/template', 'odd/audit/template']],
    ['warn', 'warn', ['bad/warn/template', 'odd/warn/profile']],
    ['warn', 'audit', ['bad/audit/template', 'odd/audit/template']],
    ['audit', 'warn', ['bad/audit/mode', 'odd/audit/mode']],
    ['warn', 'enforce', ['bad/warn/mode', 'odd/warn/profile']],
  ] as const)('mode %s, templates %s', (mode, own, expected) => {
    const one = request({ a: 'bad-odd' }, { restraint: { mode: own, because: 'template' } });
    expect(told(one, policy({ mode }))).toEqual(expected);
    expect(decisionOf(judge(one, policy({ mode }), 0))).toBe('would-deny');
  });
});

describe('a check that throws', () => {
  const broken = policy({ rules: [deny(throwing), ...rules] });

  test('is a finding with the action of the profile, and the other checks still run', () => {
    expect(told(request({ a: 'bad' }), broken)).toEqual(['broken/deny/profile', 'bad/deny/profile']);
    expect(decisionOf(judge(request({ a: 'bad' }), broken, 0))).toBe('error');
  });

  test('is covered by no allowance, builder profile or exemption', () => {
    const by = policy({
      rules: [{ ...deny(throwing), permits: () => true }],
      builders: [builder('b', ['a'], ['broken'])],
      exemptions: [exemption('e', ['broken'])],
    });
    expect(told(request({ a: 'x' }), by)).toEqual(['broken/deny/profile']);
  });

  test('is never old', () => {
    const one = request({ a: 'x' }, { before: pod({ a: 'x' }) });
    expect(told(one, broken)).toEqual(['broken/deny/profile']);
  });

  test('is lowered by the mode', () => {
    expect(told(request({ a: 'x' }), { ...broken, mode: 'audit' })).toEqual(['broken/audit/mode']);
  });
});

describe('exemptions', () => {
  test('one must cover every denying finding', () => {
    const two = [exemption('one', ['bad']), exemption('two', ['evil'])];
    expect(told(request({ a: 'bad', b: 'evil' }), policy({ exemptions: two }))).toEqual([
      'bad/deny/profile',
      'evil/deny/profile',
    ]);
    const whole = [...two, exemption('both', ['bad', 'evil'])];
    expect(told(request({ a: 'bad', b: 'evil' }), policy({ exemptions: whole }))).toEqual([
      'bad/ignore/exemption/both',
      'evil/ignore/exemption/both',
    ]);
  });

  test('of several, the one that covers the most counts, and among equals the first', () => {
    const narrow = exemption('narrow', ['bad']);
    const wide = exemption('wide', ['bad', 'odd']);
    for (const exemptions of [
      [narrow, wide, exemption('other', ['bad', 'odd'])],
      [wide, narrow],
    ]) {
      expect(told(request({ a: 'bad-odd' }), policy({ exemptions }))).toEqual([
        'bad/ignore/exemption/wide',
        'odd/ignore/exemption/wide',
      ]);
    }
  });

  test('a warning that it does not name stays a warning', () => {
    const by = policy({ exemptions: [exemption('one', ['bad'])] });
    expect(told(request({ a: 'bad-odd' }), by)).toEqual(['bad/ignore/exemption/one', 'odd/warn/profile']);
  });

  test('an expired one exempts nothing; on its last millisecond it still does', () => {
    const by = policy({ exemptions: [exemption('one', ['bad'], { expires: 1000 })] });
    expect(told(request({ a: 'bad' }), by, 1000)).toEqual(['bad/ignore/exemption/one']);
    expect(told(request({ a: 'bad' }), by, 1001)).toEqual(['bad/deny/profile']);
  });

  test('one that does not apply exempts nothing', () => {
    const by = policy({ exemptions: [exemption('one', ['bad'], { applies: () => false })] });
    expect(told(request({ a: 'bad' }), by)).toEqual(['bad/deny/profile']);
  });
});

describe('builder profiles', () => {
  test('cover the named container only', () => {
    const by = policy({ builders: [builder('rootless', ['build'], ['bad'])] });
    expect(told(request({ build: 'bad', helper: 'bad' }), by)).toEqual([
      'bad/ignore/builder/rootless',
      'bad/deny/profile',
    ]);
  });

  test('one must cover every denying finding of its container: two never add up', () => {
    const by = policy({ builders: [builder('x', ['build'], ['bad']), builder('y', ['build'], ['evil'])] });
    expect(told(request({ build: 'bad-evil' }), by)).toEqual(['bad/deny/profile', 'evil/deny/profile']);
  });

  test('cover nothing where their conditions do not hold', () => {
    const by = policy({ builders: [builder('vm', ['build'], ['bad'], false)] });
    expect(told(request({ build: 'bad' }), by)).toEqual(['bad/deny/profile']);
  });

  test('cover only the containers that fulfil them', () => {
    const fits = (_pod: unknown, container: string) => container === 'build';
    const by = policy({ builders: [{ ...builder('rootless', ['build', 'other'], ['bad']), fits }] });
    expect(told(request({ build: 'bad', other: 'bad' }), by)).toEqual([
      'bad/ignore/builder/rootless',
      'bad/deny/profile',
    ]);
  });

  test('leave the rest to an exemption', () => {
    const by = policy({
      builders: [builder('rootless', ['build'], ['bad'])],
      exemptions: [exemption('agents', ['evil'])],
    });
    expect(told(request({ build: 'bad', other: 'evil' }), by)).toEqual([
      'bad/ignore/builder/rootless',
      'evil/ignore/exemption/agents',
    ]);
  });
});

describe('an update', () => {
  const update = (before: Readonly<Record<string, string>>, now: Readonly<Record<string, string>>) =>
    told(request(now, { before: pod(before) }), policy());

  test('does not deny what was there', () => {
    expect(update({ a: 'bad' }, { a: 'bad' })).toEqual(['bad/ignore/inherited']);
  });

  test('denies what it adds', () => {
    expect(update({ a: 'bad' }, { a: 'bad', debug: 'evil' })).toEqual(['bad/ignore/inherited', 'evil/deny/profile']);
  });

  test('denies a changed image, also one with the same finding', () => {
    expect(update({ a: 'bad:1' }, { a: 'bad:2' })).toEqual(['bad/deny/profile']);
  });

  test('denies a container that takes the name of another', () => {
    expect(update({ a: 'fine', b: 'bad' }, { a: 'bad', b: 'bad' })).toEqual([
      'bad/deny/profile',
      'bad/ignore/inherited',
    ]);
  });
});

describe('break-glass', () => {
  test('lets denials through with a warning that names the group', () => {
    const one = request({ a: 'bad' }, { breakGlass: 'oncall' });
    expect(told(one, policy())).toEqual(['bad/warn/break-glass/oncall']);
    expect(decisionOf(judge(one, policy(), 0))).toBe('exempt');
  });
});

describe('break-glass, beside other actions', () => {
  test('leaves warnings as they are, and is only recorded in mode audit', () => {
    const one = request({ a: 'bad-odd' }, { breakGlass: 'oncall' });
    expect(told(one, policy())).toEqual(['bad/warn/break-glass/oncall', 'odd/warn/profile']);
    expect(told(one, policy({ mode: 'audit' }))).toEqual(['bad/audit/break-glass/oncall', 'odd/audit/mode']);
  });
});

test('what the profile only records is not lowered by the mode', () => {
  const by = policy({ mode: 'audit', rules: [{ check: marker('odd'), action: 'audit', site: {} }] });
  expect(told(request({ a: 'odd' }), by)).toEqual(['odd/audit/profile']);
  expect(decisionOf(judge(request({ a: 'odd' }), by, 0))).toBe('allow');
});

test('what is tolerated decides nothing', () => {
  const warned = policy({ rules: [{ ...warn(marker('odd')), permits: () => true }] });
  expect(decisionOf(judge(request({ a: 'odd' }), warned, 0))).toBe('allow');
  const denied = policy({ rules: [{ ...deny(marker('bad')), permits: () => true }] });
  expect(decisionOf(judge(request({ a: 'bad' }), denied, 0))).toBe('allow');
});

test('one exempted finding among others that only warn is an exemption', () => {
  const by = policy({ exemptions: [exemption('one', ['bad'])] });
  expect(decisionOf(judge(request({ a: 'bad-odd' }), by, 0))).toBe('exempt');
  expect(decisionOf(judge(request({ a: 'odd' }), policy({ exemptions: [exemption('one', ['odd'])] }), 0))).toBe(
    'allow',
  );
});

describe('allowances of the profile', () => {
  test('tolerate, and stay on the record', () => {
    const by = policy({ rules: [{ ...deny(marker('bad')), permits: (finding) => finding.place.container === 'a' }] });
    expect(told(request({ a: 'bad', b: 'bad' }), by)).toEqual(['bad/ignore/allowed', 'bad/deny/profile']);
  });
});
