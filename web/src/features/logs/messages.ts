/** What the page and the worker that holds a log say to each other. */

import type { Matches } from '~/features/logs/logIndex';
import type { Wanted } from '~/features/logs/matching';

export type Request =
  | { kind: 'open'; address: string; first: number; expected: number }
  | { kind: 'append'; from: number; address: string; text: string | null }
  | { kind: 'lines'; id: number; first: number; last: number }
  | { kind: 'search'; id: number; wanted: Wanted };

export type Reply =
  | { kind: 'progress'; last: number; bytes: number; isDone: boolean }
  | { kind: 'failed'; detail: string }
  | { kind: 'lines'; id: number; first: number; lines: string[] }
  | { kind: 'found'; id: number; matches: Matches };
