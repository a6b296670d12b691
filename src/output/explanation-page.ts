import type { Kinds, Restriction } from '../checks/check.ts';
import type { Equivalents } from '../facts/equivalents.ts';
import { type Explanation, shownProfiles } from './explanation.ts';
import type { Block, Page } from './page.ts';

/** How the kinds of setting are called in docs/configuration.md. */
const kindNames: Readonly<Record<keyof Kinds, string>> = {
  allowedPaths: 'allowed paths',
  hostPaths: 'host paths',
  names: 'names',
  images: 'images',
  fuse: 'from `mountFuse`, not written here',
};

/** Lays out what is told of a check, for its page in docs/checks and for `pratique explain`. */
export function explanationPage(explanation: Explanation): Page {
  const { id, title, severity, actions } = explanation;
  const profiles = shownProfiles.map((profile) => `\`${profile}\` ${actions[profile]}`).join(', ');
  const sections = [
    { title: 'What is forbidden', blocks: forbidden(explanation) },
    { title: 'Why', blocks: [paragraph(explanation.why)] },
    { title: 'What to do instead', blocks: instead(explanation) },
    { title: 'Settings', blocks: settings(explanation) },
    { title: 'What is listed', blocks: lists(explanation) },
    { title: 'The same elsewhere', blocks: elsewhere(explanation.equivalents) },
    { title: 'Cases', blocks: cases(explanation) },
  ];
  return {
    title: id,
    head: [paragraph(`${title}. Severity: ${severity}. Built-in profiles: ${profiles}.`)],
    sections: sections.filter(({ blocks }) => blocks.length > 0),
  };
}

function forbidden({ kinds, restricts }: Explanation): readonly Block[] {
  const fields = restricts.flatMap((one) => one.fields).join(' ');
  const notes = [
    ...(fields.includes('containers[*]')
      ? ['`containers[*]` stands for `initContainers[*]` and `ephemeralContainers[*]` as well.']
      : []),
    ...(fields.includes('…') ? ['`…` stands for any fields in between, or none.'] : []),
    ...(kinds.includes('Pod') ? ['Pod templates of workloads are judged as the pods that they make.'] : []),
  ];
  return [list(restricts.map(restriction)), ...(notes.length === 0 ? [] : [paragraph(notes.join(' '))])];
}

function restriction(one: Restriction): string {
  return `${subjectOf(one)}. Allowed: ${one.allowed}.`;
}

/** Apart from what is forbidden, since there can be a hundred of them. */
function lists({ restricts }: Explanation): readonly Block[] {
  const items = restricts.flatMap((one) =>
    one.listed === undefined ? [] : [`${subjectOf(one)}: ${one.listed.map(code).join(', ')}`],
  );
  return items.length === 0 ? [] : [list(items)];
}

function subjectOf({ kind, fields }: Restriction): string {
  return [...(kind === undefined ? [] : [kind]), ...fields.map(code)].join(', ');
}

function instead({ id, remedy, gitlab, examples }: Explanation): readonly Block[] {
  const { before, after, given } = examples;
  return [
    paragraph(remedy),
    ...(gitlab === undefined ? [] : [paragraph(`In GitLab: ${gitlab}`)]),
    paragraph('Instead of'),
    { kind: 'yaml', text: before, verdict: `deny ${id}; alone` },
    paragraph('write'),
    { kind: 'yaml', text: after, verdict: 'allow; alone' },
    ...(given === undefined
      ? []
      : [
          paragraph('where the entry of the check has'),
          { kind: 'yaml', text: given, verdict: `entry ${id}` } as const,
        ]),
  ];
}

function settings({ settings: some, examples }: Explanation): readonly Block[] {
  if (some.length === 0) return [];
  const items = some.map(({ name, kind, description }) => `\`${name}\` (${kindNames[kind]}): ${description}`);
  const { configuration } = examples;
  if (configuration === undefined) return [list(items)];
  return [list(items), { kind: 'yaml', text: configuration, verdict: 'configuration' }];
}

function elsewhere({ pss, psa, kyverno, gatekeeper, trivy }: Equivalents): readonly Block[] {
  const link = (base: string) => (folder: string) => `[${code(folder)}](${base}/${folder})`;
  const library = 'https://github.com/open-policy-agent/gatekeeper-library/tree/HEAD/library';
  const items = [
    ...named('Pod Security Standards', pss, (control) => control),
    ...named('Pod Security Admission', psa, code),
    ...named('Kyverno', kyverno, link('https://github.com/kyverno/policies/tree/HEAD')),
    ...named('Gatekeeper', gatekeeper, link(library)),
    ...named('Trivy', trivy, code),
  ];
  if (items.length === 0) return [];
  return [paragraph('These ask for the same in part; what counts as a finding differs.'), list(items)];
}

function named(
  name: string,
  values: readonly string[] | undefined,
  shown: (value: string) => string,
): readonly string[] {
  return values === undefined ? [] : [`${name}: ${values.map(shown).join(', ')}`];
}

function cases({ examples: { found, clean } }: Explanation): readonly Block[] {
  return [paragraph('Something is found in'), list(found), paragraph('and nothing in'), list(clean)];
}

function paragraph(words: string): Block {
  return { kind: 'paragraph', words };
}

function list(items: readonly string[]): Block {
  return { kind: 'list', items };
}

function code(text: string): string {
  return `\`${text}\``;
}
