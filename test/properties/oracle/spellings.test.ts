import fc from 'fast-check';
import { expect, it } from 'vitest';
import { plainPath, realias, respell, respellWindows } from './arbitrary-paths.ts';
import { judgePath } from './oracle-paths.ts';

it('finds the same in every spelling of a path', () => {
  const spelled = plainPath.chain((path) => fc.tuple(fc.constant(path), respell(path)));
  fc.assert(
    fc.property(spelled, ([path, other]) => {
      expect(judgePath(other)).toEqual(judgePath(path));
    }),
    { numRuns: 500 },
  );
});

it('finds by another name of a directory whatever it finds by the plain one', () => {
  const named = plainPath.chain((path) => fc.tuple(fc.constant(path), realias(path).chain(respell)));
  fc.assert(
    fc.property(named, ([path, other]) => {
      const plain = judgePath(path);
      const aliased = judgePath(other);
      expect(aliased.unreadable).toBe(false);
      expect(aliased.engine || !plain.engine).toBe(true);
      expect(aliased.node || !plain.node).toBe(true);
    }),
    { numRuns: 500 },
  );
});

it('finds the same in every spelling of a path of Windows', () => {
  const paths = ['\\\\.\\pipe\\docker_engine', 'C:\\ProgramData\\docker', 'C:\\k\\config', 'C:\\', 'C:\\data', 'D:\\x'];
  const spelled = fc.constantFrom(...paths).chain((path) => fc.tuple(fc.constant(path), respellWindows(path)));
  fc.assert(
    fc.property(spelled, ([path, other]) => {
      expect(judgePath(other)).toEqual(judgePath(path));
    }),
    { numRuns: 500 },
  );
});
