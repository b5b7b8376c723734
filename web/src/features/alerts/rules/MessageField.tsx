/** The headline of a rule's messages: a template with its variables at hand, and how it reads. */

import { useId, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { filledIn, variables } from '~/features/alerts/rules/draft';
import { Field } from '~/features/alerts/rules/Field';
import type { SentenceProps } from '~/features/alerts/rules/RuleSentence';
import { Icon } from '~/ui/Icon';

/** Empty is the headline Pulseboard writes by itself. */
export function MessageField({ draft, problems, change }: SentenceProps) {
  const box = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const [opened, setOpened] = useState(draft.message !== '');
  const open = opened || problems.message !== undefined;
  const insert = (name: string): void => {
    const at = box.current?.selectionStart ?? draft.message.length;
    const end = box.current?.selectionEnd ?? at;
    const word = `{${name}}`;
    // At once, for a space typed a frame too early would press the button again.
    flushSync(() => {
      change({ message: draft.message.slice(0, at) + word + draft.message.slice(end) });
    });
    box.current?.focus();
    box.current?.setSelectionRange(at + word.length, at + word.length);
  };
  return (
    <div>
      <button
        type="button"
        aria-expanded={open}
        aria-controls={id}
        className="flex min-h-7 items-center gap-1 text-control font-medium hover:underline coarse:min-h-11"
        onClick={() => { setOpened(!open); }}
      >
        <Icon name={open ? 'down' : 'right'} className="size-3.5 text-ink-3" />
        A headline of your own
        <span className="font-normal text-ink-2">{draft.message === '' && '(optional)'}</span>
      </button>
      <div id={id} hidden={!open} className="mt-1 flex flex-col gap-2 [&[hidden]]:hidden">
        <Field name="message" problem={problems.message}>
          {(wrong) => (
            <textarea
              ref={box}
              rows={2}
              maxLength={2000}
              aria-label="Headline of the message"
              placeholder="{workflow} of {repository} broke {branch}: {value}"
              className="w-full rounded-control border border-line-strong bg-bg px-2 py-1 text-control max-sm:text-section"
              value={draft.message}
              onChange={(event) => { change({ message: event.target.value }); }}
              {...wrong}
            />
          )}
        </Field>
        <div role="group" aria-label="Variables" className="flex flex-wrap gap-1">
          {Object.keys(variables).map((name) => (
            <button
              key={name}
              type="button"
              className="min-h-6 rounded-pill border border-line bg-surface px-2 text-caption hover:bg-hover coarse:min-h-11"
              onClick={() => { insert(name); }}
            >
              <code>{`{${name}}`}</code>
            </button>
          ))}
        </div>
        {draft.message !== '' && (
          <p className="rounded-control border-l-2 border-accent bg-surface px-3 py-2 text-control">
            <span className="block text-caption text-ink-2">Reads, with examples filled in</span>
            <span className="font-medium break-words">{filledIn(draft)}</span>
          </p>
        )}
      </div>
    </div>
  );
}
