/** A text to take along: code in a box, with a button that copies it. */

import { CopyButton } from '~/ui/CopyButton';

/** Lines wrap nowhere; a long one is scrolled. */
export function CopyBox({ text, label }: { text: string; label: string }) {
  return (
    <div className="relative rounded-control border border-line bg-surface">
      <pre
        tabIndex={0}
        role="region"
        aria-label={label}
        className="overflow-x-auto p-3 pr-12 text-caption leading-5"
      >
        <code>{text}</code>
      </pre>
      <div className="absolute top-1 right-1 rounded-control bg-surface">
        <CopyButton text={text} label={`Copy ${label.toLowerCase()}`} />
      </div>
    </div>
  );
}
