/** Dialogs on Radix: in the middle of a wide screen, from the bottom of a phone. */

import * as Radix from '@radix-ui/react-dialog';
import { clsx } from 'clsx';
import '~/ui/overlays/nonce';
import type { ReactNode } from 'react';
import { IconButton } from '~/ui/Button';
import { useFocusBack } from '~/ui/overlays/useFocusBack';

interface SheetProps {
  title: string;
  close: () => void;
  wide?: boolean;
  children: ReactNode;
}

/** A modal dialog with a title; Escape and the cross close it. */
export function Sheet({ title, close, wide = false, children }: SheetProps) {
  const giveBack = useFocusBack();
  return (
    <Radix.Root
      open
      onOpenChange={(open) => {
        if (!open) close();
      }}
    >
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-[rgb(10_14_20/0.45)]" />
        <Radix.Content
          aria-describedby={undefined}
          onCloseAutoFocus={giveBack}
          className={clsx(
            'popping fixed z-40 flex max-h-[85dvh] flex-col overflow-auto border border-line bg-raised shadow-float',
            'max-sm:inset-x-0 max-sm:bottom-0 max-sm:rounded-t-card',
            'sm:inset-x-0 sm:top-[12dvh] sm:mx-auto sm:rounded-card',
            wide ? 'sm:w-[640px]' : 'sm:w-[440px]',
            'sm:max-w-[calc(100vw-32px)]',
          )}
        >
          <div className="sticky top-0 flex items-center border-b border-line bg-raised py-1.5 pr-1.5 pl-4">
            <Radix.Title className="text-section font-semibold">{title}</Radix.Title>
            <span className="ml-auto">
              <IconButton icon="close" label="Close" onClick={close} />
            </span>
          </div>
          <div className="p-4">{children}</div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
