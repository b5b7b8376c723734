/** A button that copies a text and says so. */

import type { ReactNode } from 'react';
import { announce } from '~/lib/announce';
import { toast } from '~/lib/toasts';
import { Button, IconButton } from '~/ui/Button';

/** Copy a text; where the browser refuses, say so. */
export async function copyText(text: string, done = 'Copied'): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    announce(done);
    toast(done);
  } catch {
    toast('The browser did not allow copying. Select the text and copy it by hand.', {
      kind: 'problem',
    });
  }
}

type CopyButtonProps = { text: string; done?: string } & (
  | { label: string; children?: never }
  | { label?: never; children: ReactNode }
);

/** A button named by its own words, or an icon named by a label. */
export function CopyButton({ text, label, done, children }: CopyButtonProps) {
  const copy = (): void => void copyText(text, done);
  if (label !== undefined) return <IconButton icon="copy" label={label} onClick={copy} />;
  return (
    <Button look="quiet" icon="copy" onClick={copy}>
      {children}
    </Button>
  );
}
