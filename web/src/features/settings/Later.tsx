/** The place of something that a later version brings. */

import type { ReactNode } from 'react';
import { Card, Empty } from '~/ui/Card';

/** Says what is not there, and what does until then. */
export function Later({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Card label={title} className="pt-3">
      <Empty title={title}>{children}</Empty>
    </Card>
  );
}
