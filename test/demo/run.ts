import type { WebhookProcess } from '../harness/webhook-process.ts';

/** How the demo's pods are sent, and what comes of it. */
export interface DemoRun {
  readonly configFile: string;
  /** More arguments of the webhook. */
  readonly args: readonly string[];
  /** Is told how many pods differ from what they should be, before the webhook ends; says whether all is well. */
  conclude(different: number, webhook: WebhookProcess): Promise<boolean> | boolean;
}
