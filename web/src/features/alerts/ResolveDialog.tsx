/** The question before something is resolved that still holds, or many at once. */

import { counted } from '~/lib/numbers';
import { Button } from '~/ui/Button';
import { Sheet } from '~/ui/overlays/Sheet';

interface ResolveDialogProps {
  many: number;
  holding: number;
  resolve: () => void;
  close: () => void;
}

/** Closing it leaves everything as it is. */
export default function ResolveDialog({ many, holding, resolve, close }: ResolveDialogProps) {
  return (
    <Sheet title={many === 1 ? 'Resolve this alert?' : `Resolve ${counted(many, 'alert')}?`} close={close}>
      <p className="mb-4 text-control">{consequence(many, holding)}</p>
      <div className="flex flex-wrap justify-end gap-2">
        <Button look="quiet" onClick={close}>Cancel</Button>
        <Button look="danger" autoFocus onClick={resolve}>
          {holding > 0 ? 'Resolve anyway' : 'Resolve'}
        </Button>
      </div>
    </Sheet>
  );
}

function consequence(many: number, holding: number): string {
  if (holding === 0) return 'None of their conditions holds any more.';
  if (many === 1) return 'The condition still holds; it will fire again at the next check (60 s).';
  return `${holding === many ? 'All' : holding} of their conditions still hold; these will fire again at the next check (60 s).`;
}
