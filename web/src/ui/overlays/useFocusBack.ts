/** Whoever had the focus before a dialog opened gets it back when it closes. */

import { useState } from 'react';

/**
 * For `onCloseAutoFocus` of a dialog. Radix itself looks who had the focus when the dialog is
 * already there, and then it is the field in it that took the focus at once.
 */
export function useFocusBack(): (event: Event) => void {
  const [before] = useState(() => document.activeElement);
  return (event) => {
    event.preventDefault();
    const holder = document.activeElement;
    const isLost = holder === null || holder === document.body;
    if (isLost && before instanceof HTMLElement) before.focus();
  };
}
