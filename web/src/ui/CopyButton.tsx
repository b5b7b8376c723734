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

interface CopyButtonProps {
  text: string;
  label: string;
  done?: string;
  children?: ReactNode;
}

/** With children a button with words, without an icon. */
export function CopyButton({ text, label, done, children }: CopyButtonProps) {
  const copy = (): void => void copyText(text, done);
  if (children === undefined) return <IconButton icon="copy" label={label} onClick={copy} />;
  return (
    <Button look="quiet" icon="copy" aria-label={label} onClick={copy}>
      {children}
    </Button>
  );
}
