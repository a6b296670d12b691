import { type Explanation, shownProfiles } from './explanation.ts';

const introduction = `# Checks
Every check, and what the built-in profiles do about what it finds. Each has a page with the fields that it restricts, why,
what to do instead, and its settings; \`pratique explain CHECK\` prints the same.

[Configuration](../configuration.md#profiles) says what the actions and the kinds of setting mean, and how a profile of your
own changes them. Settings of the site stand beside \`action\`, and widen what a check finds. What stands under \`allow\` is
tolerated; the same is written in exemptions, and \`true\` in its place tolerates everything that the check finds. Where a page
has no settings, \`allow: true\` is the only allowance. An entry replaces the inherited one whole, its allowance too.
`;

/** Writes the list of all checks as Markdown: docs/checks/README.md. */
export function indexMarkdown(explanations: readonly Explanation[]): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  const rows = explanations.map(({ id, title, severity, actions }) =>
    row([`[\`${id}\`](${id}.md)`, title, severity, ...shownProfiles.map((profile) => actions[profile])]),
  );
  const head = ['check', 'what is wrong', 'severity', ...shownProfiles.map((profile) => `\`${profile}\``)];
  return `${introduction}\n${row(head)}${row(head.map(() => '---'))}${rows.join('')}`;
}

/** Writes the list of all checks with one line for each. */
export function indexText(explanations: readonly Explanation[]): string {
  const widest = Math.max(...explanations.map(({ id }) => id.length));
  const severities = Math.max(...explanations.map(({ severity }) => severity.length));
  return explanations
    .map(({ id, severity, title }) => `${id.padEnd(widest)}  ${severity.padEnd(severities)}  ${title}\n`)
    .join('');
}
