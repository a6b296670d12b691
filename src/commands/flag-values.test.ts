import { expect, test } from 'vitest';
import { parseDuration, parseEndpoint, parseRatio } from './flag-values.ts';

test.for([
  ['0s', 0],
  ['500ms', 500],
  ['20s', 20_000],
  ['5m', 300_000],
  ['720h', 2_592_000_000],
  ['30d', 2_592_000_000],
] as const)('%s is a duration', ([text, milliseconds]) => {
  expect(parseDuration(text)).toBe(milliseconds);
});

test.for(['', '5', 'h', '-1s', '1.5h', '1y', '1000000s', '1h30m'])('%j is no duration', (text) => {
  expect(() => parseDuration(text)).toThrow('is not a duration such as 500ms, 20s, 2m or 720h');
});

test.for([
  ['0', 0],
  ['1', 1],
  ['0.25', 0.25],
  ['1e-05', 0.000_01],
] as const)('%s is a ratio', ([text, ratio]) => {
  expect(parseRatio(text)).toBe(ratio);
});

test.for(['', '2', '1.1', '-1', '.5', '1e5', 'half', '0x1'])('%j is no ratio', (text) => {
  expect(() => parseRatio(text)).toThrow('is not a number between 0 and 1');
});

test.for(['http://collector:4318', 'https://collector.example.com/otlp/'])('%s is an endpoint', (text) => {
  expect(new URL(parseEndpoint(text)).href).toBe(new URL(text).href);
});

test.for([
  '',
  'collector:4318',
  'grpc://collector:4317',
  'http://me:secret@collector',
  'http://collector/?a=1',
  'http://c/#a',
])('%j is no endpoint', (text) => {
  expect(() => parseEndpoint(text)).toThrow('is not a URL such as http://collector:4318');
});
