// What could not be saved stays in the browser until it is: one entry for each person and note, with the form's fields, the
// version they were written over, and when. Signing out wipes all; what is older than half a day goes with the next page.

const PREFIX = "tandem-note/";
const LONGEST = 12 * 60 * 60 * 1000;
const LEAVING = "Something that you typed has not reached Tandem yet. Sign out all the same, and lose it?";

let isOver = false; // Signed out: nothing is kept any more.

const names = () => Object.keys(localStorage).filter((name) => name.startsWith(PREFIX));

const read = (name) => {
  try {
    return JSON.parse(localStorage.getItem(name));
  } catch {
    return null;
  }
};

export const keptFor = (staff, place) => {
  const name = `${PREFIX}${staff}${place}`;
  return {
    put(version, fields) {
      if (isOver) return true;
      try {
        localStorage.setItem(name, JSON.stringify({ version, fields, at: Date.now() }));
        return true;
      } catch {
        return false; // It is full, or may not be used.
      }
    },
    get: () => read(name),
    drop: () => localStorage.removeItem(name),
  };
};

export function tidy() {
  // A note that is read has been signed: nothing can be saved to it any more.
  const isRead = /^\/notes\/[^/]+$/.test(location.pathname) && `${location.pathname}/edit`;
  for (const name of names()) {
    const isOld = Date.now() - (read(name)?.at ?? 0) > LONGEST;
    if (isOld || (isRead && name.endsWith(isRead))) localStorage.removeItem(name);
  }
  document.addEventListener("submit", (event) => {
    if (event.target.getAttribute("action") !== "/sign-out") return;
    if (names().length > 0 && !confirm(LEAVING)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    } else {
      isOver = true;
      names().forEach((name) => localStorage.removeItem(name));
    }
  });
}
