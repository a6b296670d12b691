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
  /** What Stryker wrote in the place of the original, on one line. */
  readonly replacement: string;
}

/** Why survivors are left alone: either each is named, or all of a mutator that a pattern of files and lines covers. */
export interface Reason {
  readonly why: string;
  readonly mutants?: readonly Named[];
  readonly all?: readonly Pattern[];
}

interface Named {
  readonly file: string;
  readonly line: string;
  readonly mutator: string;
  readonly replacement: string;
}

interface Pattern {
  /** A glob of files. */
  readonly files: string;
  readonly mutator: string;
  /** A regular expression that the line matches somewhere. */
  readonly line: string;
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

function isNamed({ file, line, mutator, replacement }: Named, one: Survivor): boolean {
  return file === one.file && line === one.text && mutator === one.mutator && replacement === one.replacement;
}

function isCovered({ files, mutator, line }: Pattern, one: Survivor): boolean {
  if (isPathOrImageCode(one.file)) return false;
  return mutator === one.mutator && matchesGlob(one.file, files) && new RegExp(line).test(one.text);
}
