/** What can be done with the rows that are marked. */

import type { Run } from '~/api/types';
import { counted } from '~/lib/numbers';
import { toast } from '~/lib/toasts';
import { Button } from '~/ui/Button';
import { copyText } from '~/ui/CopyButton';

interface SelectionProps {
  runs: readonly Run[];
  clear: () => void;
}

/** A bar at the bottom while rows are marked. */
export function Selection({ runs, clear }: SelectionProps) {
  if (runs.length === 0) return null;
  const links = runs.map((run) => `${window.location.origin}/runs/${run.id}`).join('\n');
  return (
    <section
      aria-label="Marked runs"
      className="popping fixed bottom-4 left-1/2 z-20 flex -translate-x-1/2 items-center gap-2 rounded-card border border-line bg-raised p-2 pl-3 text-control shadow-float max-lg:bottom-20"
    >
      <span>{counted(runs.length, 'run')} marked</span>
      <Button icon="link" onClick={() => void copyText(links, 'Links copied')}>
        Copy links
      </Button>
      <Button
        icon="download"
        onClick={() => {
          save(runs);
        }}
      >
        Export CSV
      </Button>
      <Button look="quiet" onClick={clear}>
        Clear
      </Button>
    </section>
  );
}

const fields = [
  ...(['id', 'repo', 'workflow', 'run_number', 'attempt', 'status', 'conclusion', 'branch'] as const),
  ...(['head_sha', 'actor', 'event', 'started_at', 'finished_at', 'duration_seconds', 'html_url'] as const),
];

/** A cell that a spreadsheet takes as text: quoted, and never as a formula. */
function cell(value: string | number | null): string {
  const text = value === null ? '' : String(value);
  const safe = /^[=+\-@\t\r]/.test(text) && typeof value === 'string' ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}

function save(runs: readonly Run[]): void {
  const lines = runs.map((run) => fields.map((field) => cell(run[field])).join(','));
  const text = [fields.join(','), ...lines].join('\r\n');
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
  link.download = 'runs.csv';
  link.click();
  URL.revokeObjectURL(link.href);
  toast(`${counted(runs.length, 'run')} written to runs.csv`);
}
