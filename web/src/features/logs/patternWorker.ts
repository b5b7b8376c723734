/** Tries a pattern on a chunk of lines, away from the log: a pattern without an end is ended with it. */

import { matchIn, readPattern, type Found, type Wanted } from '~/features/logs/matching';

export interface Chunk {
  wanted: Wanted;
  text: string;
  first: number;
}

addEventListener('message', (event: MessageEvent<Chunk>) => {
  const { wanted, text, first } = event.data;
  const pattern = readPattern(wanted);
  const found: Found = pattern === null ? { lines: [], total: 0 } : matchIn(text, pattern, first);
  postMessage(found);
});
