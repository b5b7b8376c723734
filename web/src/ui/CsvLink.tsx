/** The way from a chart to its numbers as a file. */

import { addressOf } from '~/api/client';
import { buttonClass } from '~/ui/Button';
import { Icon } from '~/ui/Icon';
import { Tip } from '~/ui/Tip';

interface CsvLinkProps {
  /** As in `Export the strips as CSV`. */
  label: string;
  path: string;
  params?: Parameters<typeof addressOf>[1];
  look?: 'plain' | 'quiet';
}

/** A button in the head of a chart that saves what the chart shows. */
export function CsvLink({ label, path, params = {}, look = 'quiet' }: CsvLinkProps) {
  return (
    <Tip text="Export as CSV">
      <a
        href={addressOf(`/api/v1/${path}.csv`, params)}
        download
        aria-label={label}
        className={buttonClass(look, 'w-7 px-0 coarse:w-11')}
      >
        <Icon name="download" />
      </a>
    </Tip>
  );
}
