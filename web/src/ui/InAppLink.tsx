/** A link to an address that the server wrote: within the dashboard it does not reload the page. */

import { useNavigate } from '@tanstack/react-router';
import type { MouseEvent, ReactNode } from 'react';
import { checkSearch, parseSearch } from '~/lib/search';

interface InAppLinkProps {
  href: string;
  className?: string;
  children: ReactNode;
}

/** Plain clicks are taken over; any other is left to the browser. */
export function InAppLink({ href, className, children }: InAppLinkProps) {
  const navigate = useNavigate();
  const inside = href.startsWith('/') && !href.startsWith('//');
  const go = (event: MouseEvent): void => {
    const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (!inside || !plain) return;
    event.preventDefault();
    const url = new URL(href, window.location.origin);
    void navigate({
      to: url.pathname,
      search: checkSearch(parseSearch(url.search)).search,
      hash: url.hash.slice(1),
    });
  };
  return (
    <a href={href} className={className} onClick={go} {...(inside ? {} : { rel: 'noopener' })}>
      {children}
    </a>
  );
}
