/** Makes the browser's language one that can be used: on a machine without one Chromium says `en-US@posix`. */

try {
  Intl.NumberFormat.supportedLocalesOf(navigator.language);
} catch {
  // A kiosk is such a machine, and uPlot does not even load there.
  Object.defineProperty(navigator, 'language', { value: 'en-US', configurable: true });
}
