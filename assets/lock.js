// Warns before the pages lock. The lock itself is the server's: this only says when it falls.

const WARNING = 60;

export function watch(seconds) {
  let since = Date.now();
  const bar = document.createElement("p");
  bar.className = "locking";
  bar.setAttribute("role", "status");
  bar.hidden = true;
  document.body.append(bar);

  // Another tab, or a form sent in the background, keeps this one open too.
  const channel = "BroadcastChannel" in window ? new BroadcastChannel("tandem-used") : null;
  channel?.addEventListener("message", () => (since = Date.now()));
  channel?.postMessage("used");
  document.addEventListener("tandem:used", () => {
    since = Date.now();
    channel?.postMessage("used");
  });

  setInterval(() => {
    const left = seconds - (Date.now() - since) / 1000;
    bar.hidden = left > WARNING;
    if (left > 0) bar.textContent = `Locks in ${Math.ceil(left)} seconds. Open a page or save to go on.`;
    else bar.textContent = "Locked. Your password is asked for with the next click; nothing is lost.";
  }, 1000);
}
