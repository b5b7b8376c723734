/** What the server already wrote into the page, so that the first words need no round trip. */

import type { Me, Meta, Verdict } from '~/api/types';

interface Boot {
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

/** When the page was read, in ms since 1970: what it brought is no younger than that. */
export const bootedAt = Date.now();

/** What a query begins with when the page brought its answer. */
export function startWith<T>(
  answer: T | null | undefined,
): { initialData?: T; initialDataUpdatedAt?: number } {
  return answer == null ? {} : { initialData: answer, initialDataUpdatedAt: bootedAt };
}
