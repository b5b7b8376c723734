import { describe, expect, it } from 'vitest';
import { makeSecret, routes } from '~/features/welcome/routes';

describe('the ways for runs to arrive', () => {
  const here = { origin: 'https://ci.example.org', secret: 'f00', polling: false, signed: false };

  it('say where on the page runs arrive, however wide it is', () => {
    const texts = routes.flatMap((route) => route.steps(here).map(({ text }) => text));
    const arrivals = texts.filter((text) => text.includes('arrive'));
    expect(arrivals).toHaveLength(2);
    for (const text of arrivals) expect(text).toMatch(/watch (it|them) arrive on this page\.$/);
  });

  it('put the one secret into both commands, and none where one is set already', () => {
    const commands = (signed: boolean): string =>
      routes[0].steps({ ...here, signed }).map(({ code }) => code ?? '').join('\n');
    expect(commands(false).match(/f00/g)).toHaveLength(2);
    expect(commands(true)).not.toContain('f00');
    expect(commands(true)).toContain('config[secret]=$GITHUB_WEBHOOK_SECRET');
    expect(makeSecret()).toMatch(/^[0-9a-f]{64}$/);
  });
});
