/** The question before what was typed is lost. */

import { Button } from '~/ui/Button';
import { Sheet } from '~/ui/overlays/Sheet';

/** Closing it is staying. */
export default function Leave({ stay, leave }: { stay: () => void; leave: () => void }) {
  return (
    <Sheet title="Leave without saving?" close={stay}>
      <p className="mb-4 text-control">The changes to this rule are not saved yet.</p>
      <div className="flex flex-wrap justify-end gap-2">
        <Button look="danger" onClick={leave}>Discard changes</Button>
        <Button look="strong" autoFocus onClick={stay}>Keep editing</Button>
      </div>
    </Sheet>
  );
}
