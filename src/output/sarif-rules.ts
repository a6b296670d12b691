import type { ReportingDescriptor } from 'sarif';
import type { Check, Severity } from '../checks/check.ts';
import { checks } from '../checks/registry.ts';

const levels: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
};

/**
 * Every check as a rule of SARIF, in the registry's order.
 *
 * The level of a rule follows its severity, the level of a result what the profile does about it. There is no
 * `security-severity`: GitHub would show it in place of the level, and block a merge for what the profile only warns of.
 */
export const rules: readonly ReportingDescriptor[] = checks.map(ruleOf);

/** Where the rule of a check stands in `rules`, by check id. */
export const ruleIndex: ReadonlyMap<string, number> = new Map(checks.map(({ id }, index) => [id, index]));

function ruleOf({ id, title, why, remedy, severity }: Check): ReportingDescriptor {
  return {
    id,
    shortDescription: { text: title },
    fullDescription: { text: why },
    help: { text: `${why}\n\n${remedy}`, markdown: `${markdown(why)}\n\n**Instead:** ${markdown(remedy)}` },
    defaultConfiguration: { level: levels[severity] },
    properties: { tags: ['security', 'kubernetes'] },
  };
}

/** Escapes what Markdown would take for markup, such as the element `<pid>` in /proc/<pid>/root, outside of code spans. */
function markdown(text: string): string {
  return text
    .split('`')
    .map((part, index) => (index % 2 === 1 ? part : part.replace(/[\\*_[\]<>]/g, '\\$&')))
    .join('`');
}
