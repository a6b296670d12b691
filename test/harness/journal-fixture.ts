import { afterEach } from 'vitest';
import { dayMs } from '../../src/journal/store/schema.ts';
import type { JournalStore, StoreOptions } from '../../src/journal/store/store.ts';
import { noon } from './journal-lines.ts';

/** A place for a store: empty at first, and what was put there is there when it is opened again. */
export interface StorePlace {
  open(options: StoreOptions): Promise<JournalStore>;
}

/** Opens stores whose clock stands at noon, and closes them after each test. */
export interface StoreFixture {
  /** Of the kind of store, for the names of tests. */
  readonly name: string;
  makePlace(): Promise<StorePlace>;
  openAt(place: StorePlace, options?: StoreOptions): Promise<JournalStore>;
  /** In a new place. */
  open(options?: StoreOptions): Promise<JournalStore>;
}

/** The fields of a line that say when it was made. */
export const at = (ts: number) => ({ ts: new Date(ts).toISOString() });

/** A day before and after the clock. */
export const day = { from: noon - dayMs, to: noon + dayMs };

/** Makes the fixture of a file. */
export function storeFixture(name: string, makePlace: () => Promise<StorePlace>): StoreFixture {
  const opened: JournalStore[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
  });
  const openAt = async (place: StorePlace, options: StoreOptions = {}) => {
    const store = await place.open({ clock: () => noon, ...options });
    opened.push(store);
    return store;
  };
  return { name, makePlace, openAt, open: async (options) => await openAt(await makePlace(), options) };
}
