// Runs before the first paint: says which theme, density and motion this browser has chosen.
(function () {
  var chosen = {};
  try {
    chosen = JSON.parse(localStorage.getItem('pulseboard') || '{}');
  } catch (error) {
    // Storage can be switched off; then the system's theme is used.
  }
  var dark = matchMedia('(prefers-color-scheme: dark)').matches;
  var theme = chosen.theme === 'light' || chosen.theme === 'dark' ? chosen.theme : dark ? 'dark' : 'light';
  var root = document.documentElement;
  root.dataset.theme = theme;
  root.dataset.density = chosen.density || 'default';
  root.dataset.rail = chosen.rail === 'narrow' ? 'narrow' : 'wide';
  if (chosen.calm) root.dataset.calm = 'yes';
})();
