// Keeps the number of unread alerts beside their link. Asking does not keep the pages from locking.

const EVERY = 60_000;

export function count(badge) {
  const timer = setInterval(ask, EVERY);
  document.addEventListener("visibilitychange", ask);
  ask();

  async function ask() {
    if (document.hidden) return;
    const answer = await fetch(badge.dataset.unread, { redirect: "manual" }).catch(() => null);
    if (!answer) return;
    // Locked or signed out: the next page begins again.
    if (!answer.ok) return clearInterval(timer);
    const unread = Number(await answer.text());
    badge.textContent = unread > 99 ? "99+ new" : `${unread} new`;
    badge.hidden = !(unread > 0);
  }
}
