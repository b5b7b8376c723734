/** What the page and the worker that holds a log say to each other. */

import type { Matches, Wanted } from '~/features/logs/logIndex';

export type Request =
  | { kind: 'open'; address: string }
  | { kind: 'lines'; id: number; first: number; last: number }
  | { kind: 'search'; id: number; wanted: Wanted };

export type Reply =
  | { kind: 'progress'; lines: number; bytes: number; done: boolean }
  | { kind: 'failed'; status: number; detail: string }
  | { kind: 'lines'; id: number; first: number; lines: string[] }
  | { kind: 'found'; id: number; matches: Matches };
