import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Attempt, BinaryName, Source } from './binaries-source.ts';
import { runProcess } from './processes.ts';

const releases = 'https://github.com/kubernetes-sigs/controller-tools/releases/download';
const timeoutMs = 600_000;

/**
 * SHA-256 or SHA-512 in hex by archive name. Empty on purpose: an entry is added only by somebody who has taken it from
 * envtest-releases.yaml of controller-tools (it lists SHA-512), and a hash that nobody has checked would be no pin.
 */
const pinnedHashes: Readonly<Record<string, string>> = {};

/**
 * Gets the programs from the official envtest archive of controller-tools, whose hash must be pinned above or given as
 * PRATIQUE_ENVTEST_SHA256 or PRATIQUE_ENVTEST_SHA512. PRATIQUE_ENVTEST_BASE_URL names another server with the same paths.
 */
export async function downloadArchive(source: Source): Promise<Attempt> {
  const archive = `envtest-v${source.version}-${platform()}.tar.gz`;
  const expected = expectedHash(archive, source.env);
  if (expected.kind === 'impossible') return expected;
  if (source.names.includes('kube-controller-manager')) {
    return impossible('the envtest archive has no kube-controller-manager; only a Go build makes it');
  }
  const base = (source.env['PRATIQUE_ENVTEST_BASE_URL'] ?? releases).replace(/\/+$/, '');
  const url = `${base}/envtest-v${source.version}/${archive}`;
  source.log(`archive: downloading ${url}`);
  const file = join(source.folder, 'archive.tar.gz');
  try {
    const actual = await download(url, file, expected.algorithm);
    if (actual !== expected.hash) {
      return impossible(`${url} is refused: its ${expected.algorithm} is ${actual}, expected was ${expected.hash}`);
    }
  } catch (error) {
    return impossible(`${url} could not be downloaded: ${reasonOf(error)}`);
  }
  return unpack(file, source);
}

type Expected = { readonly kind: 'hash'; readonly algorithm: 'sha256' | 'sha512'; readonly hash: string };

function expectedHash(archive: string, env: NodeJS.ProcessEnv): Expected | ReturnType<typeof impossible> {
  const given = env['PRATIQUE_ENVTEST_SHA256'] ?? env['PRATIQUE_ENVTEST_SHA512'] ?? pinnedHashes[archive];
  if (given === undefined) {
    return impossible(
      `no hash is pinned for ${archive}, so it is not downloaded; to use it, take its hash from ` +
        'envtest-releases.yaml of kubernetes-sigs/controller-tools and set PRATIQUE_ENVTEST_SHA256 or PRATIQUE_ENVTEST_SHA512',
    );
  }
  const hash = given.trim().toLowerCase();
  if (/^[0-9a-f]{64}$/.test(hash)) return { kind: 'hash', algorithm: 'sha256', hash };
  if (/^[0-9a-f]{128}$/.test(hash)) return { kind: 'hash', algorithm: 'sha512', hash };
  return impossible(`"${given}" is neither a SHA-256 (64 hex digits) nor a SHA-512 (128 hex digits)`);
}

async function download(url: string, file: string, algorithm: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new Error(`HTTP ${response.status}`);
  }
  const digest = createHash(algorithm);
  const body = Readable.fromWeb(response.body).on('data', (chunk: Buffer) => digest.update(chunk));
  await pipeline(body, createWriteStream(file));
  return digest.digest('hex');
}

/** The archive holds controller-tools/envtest/<program>; its hash is proven by now. */
async function unpack(file: string, source: Source): Promise<Attempt> {
  const folder = join(source.folder, 'unpacked');
  await mkdir(folder);
  const tar = await runProcess('tar', ['-xzf', file, '-C', folder], { timeoutMs });
  if (tar.code !== 0) return impossible(`${file} could not be unpacked: ${tar.stderr.trim()}`);
  const files = new Map<BinaryName, string>();
  for (const name of source.names) {
    const program = join(folder, 'controller-tools', 'envtest', name);
    try {
      await chmod(program, 0o755);
    } catch {
      return impossible(`the archive has no controller-tools/envtest/${name}`);
    }
    files.set(name, program);
  }
  return { kind: 'done', files };
}

function platform(): string {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  return `${process.platform}-${architecture}`;
}

function impossible(reason: string): Extract<Attempt, { kind: 'impossible' }> {
  return { kind: 'impossible', reason };
}

/** fetch() says only "fetch failed"; the cause says why. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
