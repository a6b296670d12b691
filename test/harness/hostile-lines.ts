import { type JournalLine, parseLine } from '../../src/journal/lines.ts';

/** Texts that do something where they are taken for HTML, for an attribute, for an address or for a template. */
const payloads = [
  '<script>console.error("ran")</script>',
  '"><img src=x onerror="console.error(\'ran\')">',
  '\'--></style></title></textarea><svg onload=console.error("ran")>',
  'javascript:console.error("ran")',
  '//evil.example.com/x?a=1&b=2#c',
  '!${console.error("ran")}&lt;b&gt;\\u003cb\\u003e',
  `${'long-name-without-an-end'.repeat(20)}`,
  '=HYPERLINK("https://evil.example.com")',
] as const;

/** Records with such a text in every field that may hold one, a heartbeat, and a configuration that is full of them. */
export function hostileLines(now: number): readonly JournalLine[] {
  const records = payloads.map((payload, index) => record(payload, index + 1, now - index * 60_000));
  const instance = `pratique ${payloads[1]}`;
  const heartbeat = {
    ...{ v: 1, kind: 'heartbeat', ts: iso(now - 10_000), instance, version: payloads[0], configHash: 'abc123abc123' },
    ...{
      startedAt: iso(now - 3_600_000),
      seq: 100,
      received: Number.MAX_SAFE_INTEGER,
      decisions: { deny: 9_007_199_254_740_991 },
    },
    ...{ dropped: 12_345_678_901, queued: 1, final: false, certificateExpires: iso(now + 1) },
  };
  const exemptions = payloads.map((payload) => ({
    ...{ name: payload, namespaces: [payload], acceptGlob: true, allow: { privileged: true } },
    ...{ owner: payload, reason: payload, expires: '2026-11-22' },
  }));
  const configuration = {
    ...{ v: 1, kind: 'configuration', ts: iso(now - 20_000), instance, configHash: 'abc123abc123' },
    document: { apiVersion: 'pratique.dev/v1alpha1', kind: 'PratiqueConfiguration', exemptions },
  };
  return [...records, heartbeat, configuration].map(lineOf);
}

function record(text: string, seq: number, ts: number): object {
  const judgement = {
    ...{
      check: `check-of-tomorrow-${seq}`,
      severity: 'critical',
      action: 'deny',
      outcome: 'deny',
      because: 'exemption',
    },
    ...{ ref: text, pointer: text, value: text, place: { container: text, volume: text, key: text } },
  };
  return {
    ...{ v: 1, ts: iso(ts), instance: `pratique ${payloads[1]}`, seq, uid: text.slice(0, 200), traceId: text },
    ...{ webhook: 'validate', operation: 'CREATE', dryRun: true, resource: text, subresource: text, namespace: text },
    ...{ name: text, generateName: text, owner: { apiVersion: text, kind: text, name: text }, serviceAccount: text },
    ...{ runtimeClassName: text, hostUsers: false, images: [text, `${text}-2`], user: { name: text, groups: [text] } },
    ...{ authn: 'none', decision: seq % 2 === 0 ? 'exempt' : 'deny', profile: text, mode: 'enforce', exemption: text },
    ...{ configHash: 'abc123abc123', version: '9.9.9', judgements: [judgement], warnings: [text] },
    ...{ patch: { operations: 1, paths: [text], sha256: 'ff' }, durationMs: 0.5, bytes: Number.MAX_SAFE_INTEGER },
  };
}

/** As the journal reads a line that came from somebody: what it would not take is no test of the page. */
function lineOf(value: object): JournalLine {
  const parsed = parseLine(JSON.stringify(value));
  if (parsed.kind === 'problem') throw new Error(parsed.reason);
  return parsed;
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
