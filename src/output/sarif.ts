import { createHash } from 'node:crypto';
import type { Invocation, Location, Notification, Region, Result } from 'sarif';
import { fileUri } from './file-path.ts';
import { jsonText } from './json-text.ts';
import { type Occurrences, occurrences, scopeOf } from './occurrences.ts';
import type { ObjectResult, ReadError, ReportedFinding, Reporter, TextPlace } from './result.ts';
import { ruleIndex, rules } from './sarif-rules.ts';
import { shown, shownError } from './shown.ts';

const levels = { deny: 'error', warn: 'warning', audit: 'note' } as const;

/**
 * Writes a SARIF 2.1.0 log with one run, one result a line; `version` is the program's, by Semantic Versioning.
 *
 * What could not be read becomes notifications of the invocation, which stands at the end: they are kept until then.
 */
export function sarifReporter({ version }: { readonly version: string }): Reporter {
  const notifications: Notification[] = [];
  const count = occurrences();
  let separator = '\n';
  return {
    begin: () => logStart(version),
    result(result) {
      let text = '';
      for (const finding of result.findings) {
        text += `${separator}${jsonText(resultOf(finding, result, count))}`;
        separator = ',\n';
      }
      return text;
    },
    error(error) {
      notifications.push(notificationOf(error));
      return '';
    },
    end: () => `\n],"invocations":[${jsonText(invocationOf(notifications))}]}]}\n`,
  };
}

function logStart(version: string): string {
  const schema = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';
  const driver = { name: 'Pratique', semanticVersion: version, rules };
  // The columns of the YAML parser count UTF-16 units, which is not what SARIF assumes (§3.14.17).
  return `{"version":"2.1.0","$schema":"${schema}","runs":[{"tool":${jsonText({ driver })},"columnKind":"utf16CodeUnits","results":[`;
}

function resultOf(finding: ReportedFinding, result: ObjectResult, count: Occurrences): Result {
  const index = ruleIndex.get(finding.check);
  return {
    ruleId: finding.check,
    ...(index === undefined ? {} : { ruleIndex: index }),
    level: levels[finding.action],
    message: { text: messageText(`${shown(finding.message)}. ${shown(finding.remedy)}`) },
    locations: [locationOf(finding, result)],
    partialFingerprints: { 'findingIdentity/v1': fingerprint(finding, result, count) },
    properties: { severity: finding.severity },
  };
}

/** An object on standard input or in a cluster is in no file, and has a logical location only. */
function locationOf({ at, pointer }: ReportedFinding, result: ObjectResult): Location {
  const names = [result.kind, result.namespace, result.name].filter((name) => name !== '');
  return {
    ...physicalLocation(result.file, at ?? result.at),
    logicalLocations: [{ fullyQualifiedName: `${names.join('/')}${pointer}`, kind: 'resource' }],
  };
}

function physicalLocation(file: string, at: TextPlace | undefined): Pick<Location, 'physicalLocation'> {
  if (file === '' || file === '-') return {};
  const region: Region | undefined = at && { startLine: at.line, startColumn: at.column };
  return { physicalLocation: { artifactLocation: { uri: fileUri(file) }, ...(region && { region }) } };
}

/**
 * What makes a finding the same finding in another run: never a line or an index, which move when something else is
 * edited. Of findings that nothing tells apart within a file, the first is 1, the second 2 and so on.
 */
function fingerprint({ check, place, value }: ReportedFinding, result: ObjectResult, count: Occurrences): string {
  const { container = '', volume = '', key = '' } = place;
  const { kind, namespace, name } = result;
  const identity = [fileUri(result.file), kind, namespace, name, check, container, volume, key, value];
  const occurrence = count(scopeOf(result), JSON.stringify(identity));
  return createHash('sha256')
    .update(JSON.stringify([...identity, occurrence]))
    .digest('hex');
}

/** In a message `{0}` is a placeholder (§3.11.5) and `[text](target)` a link (§3.11.6); neither is meant here. */
function messageText(text: string): string {
  const braced = text.replaceAll('{', '{{').replaceAll('}', '}}');
  return braced.includes('](') ? braced.replace(/[\\[\]]/g, '\\$&') : braced;
}

function notificationOf(error: ReadError): Notification {
  const location = physicalLocation(error.file, error.at);
  return {
    level: 'error',
    message: { text: messageText(shownError(error)) },
    ...(location.physicalLocation && { locations: [location] }),
  };
}

function invocationOf(toolExecutionNotifications: Notification[]): Invocation {
  return { executionSuccessful: toolExecutionNotifications.length === 0, toolExecutionNotifications };
}
