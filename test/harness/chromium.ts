import { constants } from 'node:fs';
import { access, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { cacheFolder } from './binaries.ts';
import { unpackPackages } from './debian-packages.ts';
import { withLock } from './lock.ts';

/** How Chromium is run. */
interface Program {
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What finding Chromium depends on; all of it has a default. */
export interface ChromiumOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Where Debian installs it. */
  readonly installed?: string;
  readonly log?: (line: string) => void;
}

/** No sandbox, since tests run as root in containers; nothing that talks to anybody by itself. */
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts Chromium without a window, with a profile of its own that is removed at its end. */
export async function startChromium(options: ChromiumOptions = {}): Promise<Browser> {
  const { file, env } = await ensureChromium(options);
  return await chromium.launch({ executablePath: file, args: flags, env: { ...(options.env ?? process.env), ...env } });
}

/**
 * Finds Chromium: the program that PRATIQUE_CHROMIUM names, Debian's package, the cache; else downloads Debian's packages
 * into the cache, installing nothing. Throws with what to do when none works.
 */
export async function ensureChromium(options: ChromiumOptions = {}): Promise<Program> {
  const { env = process.env, installed = '/usr/bin/chromium' } = options;
  const log = options.log ?? ((line: string) => void process.stderr.write(`${line}\n`));
  const named = env['PRATIQUE_CHROMIUM'];
  if (named !== undefined && named !== '') {
    if (await isProgram(named)) return { file: named, env: {} };
    throw new Error(`PRATIQUE_CHROMIUM=${named} is no program.`);
  }
  if (await isProgram(installed)) return { file: installed, env: {} };
  const root = join(cacheFolder(env), 'chromium');
  const file = join(root, 'usr/lib/chromium/chromium');
  if (!(await isProgram(file))) {
    await mkdir(cacheFolder(env), { recursive: true });
    await withLock(`${root}.lock`, log, async () => {
      if (!(await isProgram(file))) await download(root, env, log);
    });
  }
  return { file, env: await unpackedEnvironment(root) };
}

async function download(root: string, env: NodeJS.ProcessEnv, log: (line: string) => void): Promise<void> {
  const otherwise = "Install Debian's package chromium, or set PRATIQUE_CHROMIUM to a program.";
  // Nothing is drawn by a GPU: Mesa's drivers and their compiler are most of what it would need.
  const left = /^lib(?:c6|c-bin|llvm|perl|gl1-mesa-dri|z3)/;
  const choose = (names: readonly string[]) =>
    names.filter(
      (name) =>
        /^(?:chromium|chromium-common|fontconfig-config|fonts-liberation|lib.*)$/.test(name) && !left.test(name),
    );
  const fonts = (names: readonly string[]) => [...new Set([...choose(names), 'fonts-liberation'])];
  await unpackPackages({ title: 'Chromium', root, name: 'chromium', choose: fonts, otherwise, env, log });
}

/** Libraries and fonts are where the packages were unpacked, and not where they would be installed. */
async function unpackedEnvironment(root: string): Promise<Readonly<Record<string, string>>> {
  const fonts = join(root, 'fonts.conf');
  await writeFile(
    fonts,
    `<?xml version="1.0"?><fontconfig><dir>${join(root, 'usr/share/fonts')}</dir><cachedir>${join(root, 'fonts-cache')}</cachedir></fontconfig>\n`,
  );
  const libraries: string[] = [];
  for (const base of ['lib', 'usr/lib']) {
    for (const name of await readdir(join(root, base)).catch(() => [])) {
      if (name.endsWith('-linux-gnu')) libraries.push(join(root, base, name), join(root, base, name, 'pulseaudio'));
    }
  }
  return { LD_LIBRARY_PATH: libraries.join(':'), FONTCONFIG_FILE: fonts };
}

async function isProgram(file: string): Promise<boolean> {
  return await access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
