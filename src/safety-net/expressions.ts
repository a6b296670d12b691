import { nameOf, objectsAt, textAt } from '../kubernetes/fields.ts';
import type { ApiObject } from './objects.ts';

/** The code points of one expression that the API server takes: the parser's default (cel-go, parser/options.go). */
export const longestExpression = 100_000;

const lists = ['matchConditions', 'variables', 'validations', 'mutations'] as const;
const fields = [['expression'], ['messageExpression'], ['jsonPatch', 'expression']] as const;

/** Expressions of policies that the API server would not take, a sentence each. */
export function tooLongExpressions(objects: readonly ApiObject[]): readonly string[] {
  return objects.flatMap((object) =>
    lists.flatMap((list) =>
      objectsAt(object, 'spec', list).flatMap((one) =>
        fields.flatMap((path) => {
          const size = lengthOf(textAt(one, ...path));
          if (size <= longestExpression) return [];
          const what = [list, textAt(one, 'name')].filter((word) => word !== '').join(' ');
          return [
            `${what} of ${nameOf(object)} would have ${grouped(size)} characters; one expression of CEL has at most ${grouped(longestExpression)}: let the configuration name fewer namespaces, paths, images or people, by globs where it may.`,
          ];
        }),
      ),
    ),
  );
}

function lengthOf(text: string): number {
  // Most are ASCII, and none has more code points than units.
  return text.length <= longestExpression ? text.length : [...text].length;
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
