/** Tells once which parts of a link meant nothing. */

import { useEffect } from 'react';
import { checkSearch, parseSearch, stringifySearch } from '~/lib/search';
import { toast } from '~/lib/toasts';

let arrivedWith = window.location.search;

/** Looks at the address the page was opened with, before the router cleaned it. */
export function DroppedParameters() {
  useEffect(() => {
    const { dropped, search } = checkSearch(parseSearch(arrivedWith));
    arrivedWith = '';
    if (dropped.length === 0) return;
    const names = dropped.map((name) => `“${name}”`).join(', ');
    // The address should say what is shown.
    const { pathname, hash } = window.location;
    window.history.replaceState(window.history.state, '', pathname + stringifySearch(search) + hash);
    toast(`Left out of this link, because it cannot be understood: ${names}.`, { kind: 'note' });
  }, []);
  return null;
}
