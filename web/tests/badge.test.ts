import { describe, expect, it } from 'vitest';
import { badgeTexts } from '~/features/workflow/badgeTexts';

const places = { image: 'https://ci.example/badge/a/b.svg?metric=duration', page: 'https://ci.example/w/a/b' };

describe('the texts of a badge', () => {
  it('are plain for a plain name', () => {
    expect(badgeTexts('CI', places)).toEqual({
      markdown: `[![CI](${places.image})](${places.page})`,
      html: `<a href="${places.page}"><img alt="CI" src="${places.image}"></a>`,
      asciidoc: `image:${places.image}[CI,link=${places.page}]`,
    });
  });

  it('keep Markdown together whatever the name', () => {
    expect(badgeTexts('a]|<b>*_`[\\', places).markdown).toBe(
      `[![a\\]\\|\\<b\\>\\*\\_\\\`\\[\\\\](${places.image})](${places.page})`,
    );
  });

  it('keep HTML together whatever the name', () => {
    expect(badgeTexts('"a" & <b>', places).html).toContain('alt="&quot;a&quot; &amp; &lt;b&gt;"');
  });

  it('keep AsciiDoc together whatever the name', () => {
    expect(badgeTexts('a], "b"', places).asciidoc).toBe(
      `image:${places.image}["a\\], \\"b\\"",link=${places.page}]`,
    );
  });

  it('close no bracket of Markdown by an address', () => {
    expect(badgeTexts('CI', { ...places, page: 'https://ci.example/w/a/b(1)' }).markdown).toContain('b%281%29)');
  });
});
