/** The command palette. */

import { Sheet } from '~/ui/overlays/Sheet';

export default function Palette({ close }: { close: () => void }) {
  return (
    <Sheet title="Search" close={close}>
      <p>…</p>
    </Sheet>
  );
}
