/** “How to read this”: the definitions of a page, folded. */

import { clsx } from 'clsx';
import { Icon } from '~/ui/Icon';

interface DefinitionsProps {
  terms: readonly (readonly [string, string])[];
  className?: string;
}

/** Terms with their meaning. */
export function Definitions({ terms, className }: DefinitionsProps) {
  return (
    <details className={clsx('rounded-card border border-line px-3 py-2 text-control', className)}>
      <summary className="flex min-h-6 items-center gap-1.5 text-ink-2 hover:text-ink">
        <Icon name="help" />
        How to read this
      </summary>
      <dl className="mt-2 grid max-w-4xl gap-x-6 gap-y-2 pb-1 sm:grid-cols-[140px_1fr]">
        {terms.map(([term, meaning]) => (
          <div key={term} className="contents">
            <dt className="font-medium">{term}</dt>
            <dd className="text-ink-2">{meaning}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
