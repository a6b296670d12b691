import { open, rm, stat, utimes } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { removeAtEnd } from './processes.ts';

const heartbeatMs = 2_000;
const staleMs = 20_000;

/**
 * Runs `work` while no other process that uses the same lock file does. The holder touches the file every two seconds;
 * a file untouched for 20 seconds belongs to a dead process and is taken over. The lock only saves double work: what it
 * guards must be correct without it.
 */
export async function withLock<T>(file: string, log: (line: string) => void, work: () => Promise<T>): Promise<T> {
  await take(file, log);
  const keep = removeAtEnd(file);
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => undefined); // taken over while this process was suspended
  }, heartbeatMs);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    await rm(file, { force: true });
    keep();
  }
}

async function take(file: string, log: (line: string) => void): Promise<void> {
  for (let told = false; ; await delay(200)) {
    try {
      const handle = await open(file, 'wx');
      return await handle.close();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (await isStale(file)) {
      await rm(file, { force: true });
      continue;
    }
    if (!told) log(`Another process holds ${file}: waiting for it`);
    told = true;
  }
}

async function isStale(file: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(file)).mtimeMs > staleMs;
  } catch {
    return false; // released in between; the next attempt gets it
  }
}
