/** Lets the one style element that Radix dialogs add pass the content security policy. */

import { setNonce } from 'get-nonce';

const nonce = document.querySelector<HTMLMetaElement>('meta[name=csp-nonce]')?.content;
if (nonce !== undefined) setNonce(nonce);
