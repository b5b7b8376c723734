/** What went wrong with a log, in words. */

import { ApiError } from '~/api/client';

/** A sentence, as far as the server gave one. */
export function detailOf(error: unknown): string {
  return error instanceof ApiError ? error.message : 'there is no answer.';
}
