// Single keys, while nothing is being typed. A link or field names its key by aria-keyshortcuts.

const typing = (element) =>
  element instanceof HTMLElement &&
  (element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName));

const places = { w: "/", "?": "/help" };

export function listen(root) {
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const target = root.querySelector(`[aria-keyshortcuts="${CSS.escape(event.key)}"]`);
    if (target) {
      event.preventDefault();
      if (typing(target)) target.focus();
      else target.click();
    } else if (places[event.key]) {
      event.preventDefault();
      location.assign(places[event.key]);
    }
  });
}
