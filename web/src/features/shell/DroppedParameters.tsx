/** Tells once which parts of a link meant nothing. */

import { useEffect } from 'react';
import { checkSearch, parseSearch } from '~/lib/search';
import { toast } from '~/lib/toasts';

const arrivedWith = window.location.search;

/** Looks at the address the page was opened with, before the router cleaned it. */
export function DroppedParameters() {
  useEffect(() => {
    const { dropped } = checkSearch(parseSearch(arrivedWith));
    if (dropped.length === 0) return;
    const names = dropped.map((name) => `“${name}”`).join(', ');
    toast(`Left out of this link, because it cannot be understood: ${names}.`, { kind: 'note' });
  }, []);
  return null;
}
