/** Stands where a part will be that is still on its way: what is pressed meanwhile is meant for it. */

import { useLayoutEffect } from 'react';
import { holdKeys } from '~/lib/heldKeys';

/** Draws nothing. */
export function Holding() {
  useLayoutEffect(() => holdKeys(), []);
  return null;
}
