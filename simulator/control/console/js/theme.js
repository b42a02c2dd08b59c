// Sets the theme before anything is painted; it is no module, since those wait.
(() => {
  const root = document.documentElement;
  const dark = () => root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  let kept = null;
  try { kept = localStorage.getItem('darajabox.theme'); } catch { /* storage is switched off */ }
  if (kept === 'dark' || kept === 'light') root.dataset.theme = kept;

  addEventListener('DOMContentLoaded', () => {
    const button = document.getElementById('theme');
    const name = () => { button.textContent = dark() ? 'Light' : 'Dark'; button.setAttribute('aria-label', `Switch to ${dark() ? 'light' : 'dark'} colours`); };
    button.addEventListener('click', () => {
      root.dataset.theme = dark() ? 'light' : 'dark';
      try { localStorage.setItem('darajabox.theme', root.dataset.theme); } catch { /* for this visit only */ }
      name();
    });
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', name);
    name();
  });
})();
