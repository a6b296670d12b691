import { jsonText } from './json-text.ts';
import type { ObjectResult, ReadError, Reporter } from './result.ts';

/**
 * Writes version 1 of the JSON report, one result a line: scripts rely on its keys.
 *
 * `line` is null where it is unknown, `document` of an error where the file itself could not be read. Errors are kept
 * until the end, since they stand after the results; results are not, so that only a run of errors takes memory.
 */
export function jsonReporter(): Reporter {
  const errors: string[] = [];
  let isFirst = true;
  return {
    begin: () => '{"version":1,"results":[',
    result(result) {
      const separator = isFirst ? '\n' : ',\n';
      isFirst = false;
      return `${separator}${jsonText(resultOf(result))}`;
    },
    error(error) {
      errors.push(jsonText(errorOf(error)));
      return '';
    },
    end: () => `\n],"errors":[${errors.map((error) => `\n${error}`).join(',')}${errors.length === 0 ? '' : '\n'}]}\n`,
  };
}

function resultOf({ file, document, apiVersion, kind, namespace, name, verdict, findings }: ObjectResult): unknown {
  return {
    file,
    document,
    apiVersion,
    kind,
    namespace,
    name,
    verdict,
    findings: findings.map(({ check, severity, action, pointer, at, message }) => ({
      check,
      severity,
      action,
      pointer,
      line: at?.line ?? null,
      message,
    })),
  };
}

function errorOf({ file, document, message }: ReadError): unknown {
  return { file, document: document ?? null, message };
}
