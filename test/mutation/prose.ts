/** The part of Babel's NodePath that is read here. */
interface Path {
  readonly key: string | number | null;
  readonly node: {
    readonly type: string;
    readonly key?: unknown;
    readonly callee?: unknown;
    readonly expression?: unknown;
  };
  readonly parentPath: Path | null;
  traverse(visitor: Readonly<Record<string, (path: Path) => void>>): void;
  replaceWith(node: unknown): void;
}

/** Keys of what people read: words may change, and no decision is made by them. */
const wordKeys: ReadonlySet<string> = new Set([
  'title',
  'why',
  'remedy',
  'gitlab',
  'description',
  'allowed',
  'words',
  'message',
  'what',
]);

/** What may stand between a text and the key that it is the value of. */
const wrappers: ReadonlySet<string> = new Set(['BinaryExpression', 'ConditionalExpression']);

/**
 * Leaves prose unmutated: text that is, or is part of, the value of one of the word keys or the text of an error.
 *
 * What a template has between its braces is left too; conditions that choose between texts are not.
 */
function shouldIgnore(path: Path): string | undefined {
  if (path.node.type === 'Program') unwrapAssertions(path);
  if (path.node.type !== 'StringLiteral' && path.node.type !== 'TemplateLiteral') return undefined;
  let inner = path;
  let outer = path.parentPath;
  while (outer !== null && wrappers.has(outer.node.type) && inner.key !== 'test') {
    inner = outer;
    outer = outer.parentPath;
  }
  if (outer === null) return undefined;
  if (outer.node.type === 'ObjectProperty' && inner.key === 'value') {
    return wordKeys.has(nameOf(outer.node.key)) ? 'prose' : undefined;
  }
  return outer.node.type === 'NewExpression' && nameOf(outer.node.callee).endsWith('Error') ? 'prose' : undefined;
}

/**
 * Takes `as` and `satisfies` off their expressions, on which they do nothing when the program runs.
 *
 * Stryker takes `x as T` for a type and makes no mutant of what is in `x` (stryker-js issues 6208 and 6227), which would
 * leave out each check as a whole. An ignorer is the only plugin that sees the tree before it is mutated.
 */
function unwrapAssertions(program: Path): void {
  const unwrap = (path: Path) => {
    path.replaceWith(path.node.expression);
  };
  program.traverse({ TSAsExpression: unwrap, TSSatisfiesExpression: unwrap });
}

function nameOf(node: unknown): string {
  return typeof node === 'object' && node !== null && 'name' in node ? String(node.name) : '';
}

export const strykerPlugins = [{ kind: 'Ignore', name: 'prose', value: { shouldIgnore } }];
