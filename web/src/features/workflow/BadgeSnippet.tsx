/** A badge of a workflow to put into a README. */

import { useState } from 'react';
import { badgeTexts, type Format } from '~/features/workflow/badgeTexts';
import { Card } from '~/ui/Card';
import { CopyBox } from '~/ui/CopyBox';
import { Segmented } from '~/ui/Segmented';

type Metric = 'status' | 'success_rate' | 'duration';

const metrics = { status: 'Status', success_rate: 'Success rate', duration: 'Duration' } as const;

/** A live preview and the text to copy. */
export function BadgeSnippet({ repo, workflow }: { repo: string; workflow: string }) {
  const [metric, setMetric] = useState<Metric>('status');
  const [format, setFormat] = useState<Format>('markdown');
  const path = repo.split('/').map(encodeURIComponent).join('/');
  const query = metric === 'status' ? '' : `?metric=${metric}`;
  const image = `/badge/${path}/${encodeURIComponent(workflow)}.svg${query}`;
  const { origin } = window.location;
  const page = `${origin}/w/${path.includes('/') ? path : `-/${path}`}/${encodeURIComponent(workflow)}`;
  const texts = badgeTexts(workflow, { image: `${origin}${image}`, page });
  return (
    <Card title="Badge" className="pb-3">
      <div className="flex flex-wrap items-center gap-3 px-3 pb-2">
        <Segmented<Metric>
          label="What the badge shows"
          choices={(['status', 'success_rate', 'duration'] as const).map((value) => ({
            value,
            label: metrics[value],
          }))}
          value={metric}
          onChange={setMetric}
        />
        <Segmented<Format>
          label="Format"
          choices={[
            { value: 'markdown', label: 'Markdown' },
            { value: 'html', label: 'HTML' },
            { value: 'asciidoc', label: 'AsciiDoc' },
          ]}
          value={format}
          onChange={setFormat}
        />
        <img src={image} alt={`Badge of ${workflow}`} className="h-5" />
      </div>
      <div className="px-3">
        <CopyBox text={texts[format]} label="Badge text" />
      </div>
    </Card>
  );
}
