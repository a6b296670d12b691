import { objectOf } from '../checks/case.ts';
import { isObject } from '../kubernetes/shape.ts';
import { imagePatternProblem, isRegistry } from '../matching/image.ts';
import { asAdmitted, type Sample } from './cases.ts';
import type { Rule } from './rules.ts';

/**
 * The repositories that a rule names, as image-registry takes them: a text of the rule that begins with a registry. What
 * the rule does with them is not read here; it shows when both are asked.
 */
export function imagesOf({ body }: Pick<Rule, 'body'>): readonly string[] {
  const found = new Set<string>();
  for (const text of textsIn(body, 0)) {
    if (!text.includes('/') || text.length > 4096) continue;
    for (const word of text.split(/[\s|&()'",`{}[\]=]+/)) {
      const pattern = patternOf(word);
      if (pattern !== undefined) found.add(pattern);
    }
  }
  return [...found].slice(0, 50).toSorted();
}

/** Kyverno's star stands for slashes as well, and for the tag. */
function patternOf(word: string): string | undefined {
  const plain = word.replace(/^!/, '').replace(/@.*$/, '');
  const slash = plain.indexOf('/');
  const host = plain.slice(0, Math.max(0, slash));
  if (slash < 1 || !isRegistry(host) || host.includes('*')) return undefined;
  const path = plain.slice(slash + 1).replace(/:[^/]*$/, '');
  if (path.startsWith('/')) return undefined;
  const pattern = `${host}/${path === '' ? '**' : path.replaceAll(/\*+/g, '**')}`;
  return imagePatternProblem(pattern) === undefined ? pattern : undefined;
}

/** Pods whose images are of those repositories, and some whose images only look as if they were. */
export function imageSamples(patterns: readonly string[]): readonly Sample[] {
  return patterns.flatMap((pattern) => {
    const image = pattern.replaceAll('**', 'team/app').replaceAll('*', 'app');
    const [host = ''] = image.split('/');
    return [
      sample(`an image of ${pattern}`, [`${image}:1`]),
      sample(`an image of ${pattern}, by its digest`, [`${image}@sha256:${'0'.repeat(64)}`]),
      sample(`an image of ${pattern} beside another`, [`${image}:1`, 'docker.io/library/alpine:3.22']),
      sample(`a registry whose name begins with ${host}`, [image.replace(host, `${host}.evil.example`)]),
    ];
  });
}

function sample(title: string, images: readonly string[]): Sample {
  const containers = images.map((image, index) => ({ name: `main-${index}`, image }));
  return { title, from: 'image-registry', isVariant: false, object: asAdmitted(objectOf({ spec: { containers } })) };
}

function textsIn(value: unknown, depth: number): readonly string[] {
  if (typeof value === 'string') return [value];
  if (depth > 64 || typeof value !== 'object' || value === null) return [];
  const keys = isObject(value) ? Object.entries(value) : Object.entries(value);
  return keys.flatMap(([key, one]) => (key === 'message' ? [] : textsIn(one, depth + 1)));
}
