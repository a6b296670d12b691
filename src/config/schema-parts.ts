import * as z from 'zod';
import { literalProblem, type TextProblem } from './names.ts';

/** A switch that says that something is meant. */
export function accept(description: string): z.ZodType {
  return z.boolean().optional().describe(description);
}

/** A name that is compared as it is. */
export function literal(description: string): z.ZodType<string> {
  return text(description, literalProblem);
}

/** A list of texts. */
export function list(item: z.ZodType<string>): z.ZodArray<z.ZodType<string>> {
  return z.array(item);
}

/** A text about which a function may have something to say. */
export function text(description: string, problem: TextProblem): z.ZodType<string> {
  return z
    .string()
    .describe(description)
    .superRefine((value, context) => {
      const message = problem(value);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    });
}
