import type { Decision } from '../admission/outcome.ts';
import { configurationLine, heartbeatLine } from '../journal/ship/heartbeat.ts';
import { lineQueue, queueLimits } from '../journal/ship/queue.ts';
import { journalSender } from '../journal/ship/sender.ts';
import { type ShippingReadings, startShipper } from '../journal/ship/shipper.ts';
import type { JournalFlags } from './journal-flags.ts';
import type { Serving } from './serving.ts';

/** What ships the record of this process to the journal. */
export interface Shipping {
  /** Takes the line of a record. */
  put(line: string): void;
  readings(): ShippingReadings;
  /** Tells the journal of this process and its configuration, and from now on each minute that it lives. */
  start(): void;
  /** Ships what is left, and last that this process ends, for a few seconds. */
  close(): Promise<void>;
}

const heartbeatInterval = 60_000;
/** As long as Gatekeeper's export gives itself. */
const closePatience = 5_000;
/** What the journal takes of a configuration. */
const configurationLimit = 1024 * 1024;

/** Puts the parts together; nothing is sent before the first line. */
export function openShipping(flags: JournalFlags & { readonly journalUrl: string; readonly journalTokenFile: string }) {
  return (serving: () => Serving): Shipping => {
    const sender = journalSender({
      url: flags.journalUrl,
      tokenFile: flags.journalTokenFile,
      caFile: flags.journalCaFile,
      serverName: flags.journalServerName,
    });
    const log = {
      warn: (fields: object, message: string) => serving().log.warn(fields, message),
      info: (fields: object, message: string) => serving().log.info(fields, message),
    };
    const shipper = startShipper({
      queue: lineQueue({ ...queueLimits, bytes: flags.journalQueue }),
      send: sender.send,
      log,
    });
    const beat = (final: boolean): void => {
      const line = heartbeatOf(serving(), shipper.readings(), final);
      serving().sink.write(line);
      shipper.put(line, false);
    };
    let timer: NodeJS.Timeout | undefined;
    return {
      put: (line) => shipper.put(line, true),
      readings: shipper.readings,
      start() {
        tellOfConfigurations(serving(), shipper.putFirst);
        beat(false);
        timer = setInterval(() => beat(false), heartbeatInterval).unref();
      },
      async close() {
        // Never started: nobody has heard of this process, and nobody need hear of its end.
        if (timer === undefined) return;
        clearInterval(timer);
        beat(true);
        await shipper.close(closePatience);
        sender.close();
      },
    };
  };
}

/** Each configuration once, by its hash. */
function tellOfConfigurations(serving: Serving, putFirst: (key: string, line: string) => void): void {
  const { configuration, instance, log } = serving;
  const told = new Set<string>();
  const tell = (): void => {
    const configHash = configuration.current().hash;
    if (told.has(configHash)) return;
    told.add(configHash);
    const line = configurationLine({ instance, configHash, document: configuration.document() }, Date.now());
    if (Buffer.byteLength(line) >= configurationLimit) {
      log.warn({ configHash }, 'the configuration is too long for the journal, which only gets its hash');
      return;
    }
    putFirst(configHash, line);
  };
  tell();
  configuration.onReload((problems) => {
    if (problems.length === 0) tell();
  });
}

function heartbeatOf(serving: Serving, readings: ShippingReadings, final: boolean): string {
  const { certificates, configuration, counts, instance, recorder, startedAt, version } = serving;
  const decisions = new Map<Decision, number>();
  for (const [key, count] of counts.reviews) {
    const decision = key.split('\t')[2] as Decision;
    decisions.set(decision, (decisions.get(decision) ?? 0) + count);
  }
  const { full, refused, shutdown } = readings.dropped;
  return heartbeatLine({
    now: Date.now(),
    instance,
    version,
    configHash: configuration.current().hash,
    startedAt,
    seq: recorder.lastSeq(),
    decisions,
    dropped: full + refused + shutdown,
    queued: readings.queueLines,
    final,
    certificateExpires: certificates.current().expires,
  });
}
