import { readFileSync } from 'node:fs';
import { matchesGlob } from 'node:path';
import { parse } from 'yaml';

/** A mutant that no test killed. */
export interface Survivor {
  readonly file: string;
  readonly line: number;
  /** The line as the source has it, without its indentation. */
  readonly text: string;
  readonly mutator: string;
  /** What was there and what Stryker put in its place: `a < b → a <= b`, on one line. */
  readonly change: string;
}

/** Why survivors are left alone: each is named, or all that a pattern covers. */
export interface Reason {
  readonly why: string;
  readonly mutants?: readonly Named[];
  readonly all?: readonly Pattern[];
}

interface Named {
  readonly file: string;
  readonly line: string;
  readonly change: string;
}

interface Pattern {
  /** A glob of files. */
  readonly files: string;
  readonly mutator: string;
  /** A regular expression that the change matches somewhere. */
  readonly change?: string;
  /** A regular expression that the line matches somewhere. */
  readonly line?: string;
}

/** The survivors that a reason explains. */
export interface Explained {
  readonly reason: Reason;
  readonly survivors: readonly Survivor[];
}

/** What the list says of the survivors of a run. */
export interface Sorted {
  readonly explained: readonly Explained[];
  readonly unexplained: readonly Survivor[];
  /** Entries of the list for which nothing survives any more. */
  readonly stale: readonly (Named | Pattern)[];
}

/** Code in which a pattern is not enough: it decides what a path or an image is, so each survivor is named by itself. */
export function isPathOrImageCode(file: string): boolean {
  return matchesGlob(file, 'src/matching/{host-path,image,allowed-paths,glob}*.ts');
}

/** Reads the list of survivors; throws when it is not one. */
export function readReasons(): readonly Reason[] {
  const reasons = parse(readFileSync(new URL('survivors.yaml', import.meta.url), 'utf8')) as readonly Reason[];
  for (const reason of reasons) {
    if (typeof reason.why !== 'string') throw new Error(`survivors.yaml: no why in ${JSON.stringify(reason)}`);
  }
  return reasons;
}

/** Holds survivors against the list: the first reason that covers one explains it. */
export function sortSurvivors(survivors: readonly Survivor[], reasons: readonly Reason[]): Sorted {
  const left = new Set(survivors);
  const stale: (Named | Pattern)[] = [];
  const take = <T extends Named | Pattern>(entries: readonly T[], covers: (entry: T, one: Survivor) => boolean) => {
    return entries.flatMap((entry) => {
      const taken = [...left].filter((one) => covers(entry, one));
      if (taken.length === 0) stale.push(entry);
      for (const one of taken) left.delete(one);
      return taken;
    });
  };
  const explained = reasons.map((reason) => ({
    reason,
    survivors: [...take(reason.mutants ?? [], isNamed), ...take(reason.all ?? [], isCovered)],
  }));
  return { explained, unexplained: [...left], stale };
}

function isNamed({ file, line, change }: Named, one: Survivor): boolean {
  return file === one.file && line === one.text && change === one.change;
}

function isCovered({ files, mutator, change = '', line = '' }: Pattern, one: Survivor): boolean {
  if (isPathOrImageCode(one.file) || mutator !== one.mutator || !matchesGlob(one.file, files)) return false;
  return new RegExp(change).test(one.change) && new RegExp(line).test(one.text);
}
