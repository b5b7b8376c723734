/** A dialog without a frame of its own, near the top of the screen: for the palette. */

import * as Radix from '@radix-ui/react-dialog';
import '~/ui/overlays/nonce';
import type { ReactNode } from 'react';
import { useFocusBack } from '~/ui/overlays/useFocusBack';

/** Escape and a click outside close it. */
export function Blank({ label, close, children }: { label: string; close: () => void; children: ReactNode }) {
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
          className="popping fixed inset-x-3 top-[8dvh] z-40 mx-auto max-w-[640px] overflow-hidden rounded-card border border-line bg-raised shadow-float"
        >
          <Radix.Title className="sr-only">{label}</Radix.Title>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
