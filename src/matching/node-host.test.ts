import { expect, test } from 'vitest';
import { nodeHostProblem } from './node-host.ts';

const itself = 'is the node itself';
const neither = 'is neither the name nor the address of a host';

test.for<readonly [string, string | undefined]>([
  ['127.0.0.1', itself],
  ['[::1]', itself],
  ['::1', itself],
  ['::', itself],
  ['::ffff:127.0.1.1', itself],
  ['::ffff:0.1.0.1', itself],
  ['::ffff:0.16.0.1', itself],
  ['localhost', itself],
  // An address is in brackets, or in none.
  ['[::1', neither],
  ['0::1]', neither],
  ['[::10', neither],
  // What a URL would read as a host with something beside it.
  ['::1]:80/[', neither],
  ['x@[::1', neither],
  ['127.0.0.1%eth0', neither],
  ['127.0.0.1.example.com', undefined],
  ['::ffff:10.0.0.1', undefined],
  ['fe80::1%eth0', undefined],
])('the server %j: %j', ([server, problem]) => {
  expect(nodeHostProblem(server)).toBe(problem);
});
