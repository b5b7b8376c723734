/** A text to take along: code in a box, with a button that copies it. */

import { CopyButton } from '~/ui/CopyButton';

/** Lines wrap nowhere; a long one is scrolled. */
export function CopyBox({ text, label }: { text: string; label: string }) {
  return (
    <div className="flex items-start rounded-control border border-line bg-surface">
      <pre
        tabIndex={0}
        role="region"
        aria-label={label}
        className="min-w-0 flex-1 overflow-x-auto p-3 text-caption leading-5"
      >
        <code>{text}</code>
      </pre>
      <div className="shrink-0 p-1">
        <CopyButton text={text} label={`Copy ${label.toLowerCase()}`} />
      </div>
    </div>
  );
}
