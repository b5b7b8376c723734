/** What the server already wrote into the page, so that the first words need no round trip. */

import type { Me, Meta, Verdict } from '~/api/types';

interface Boot {
  /** The number of the last live message before the page was made. */
  seq?: number;
  /** The address of the overview: `/` may be the wall's. */
  home?: string;
  meta?: Meta | null;
  me?: Me | null;
  verdict?: Verdict | null;
}

function readBoot(): Boot {
  const text = document.getElementById('boot')?.textContent ?? '';
  try {
    const value: unknown = JSON.parse(text === '' ? '{}' : text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

export const boot: Boot = readBoot();

/** When the page was read, in ms since 1970. */
const bootedAt = Date.now();
/** What is first asked for later than this has had time to change. */
const freshFor = 4_000;

let isFresh = true;

/** Something has happened since: ask, whatever the page brought. */
export function forgetBoot(): void {
  isFresh = false;
}

/** What a query begins with when the page brought its answer a moment ago. */
export function startWith<T>(
  answer: T | null | undefined,
): { initialData?: T; initialDataUpdatedAt?: number } {
  if (answer == null || !isFresh || Date.now() - bootedAt > freshFor) return {};
  return { initialData: answer, initialDataUpdatedAt: bootedAt };
}
