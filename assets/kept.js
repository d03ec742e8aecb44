// What could not be saved stays in the browser until it is: one entry for each person and note, with the form's fields, the
// version they were written over, and when. Signing out wipes one's own; what is older than half a day goes with the next page.

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

const plain = (text) => text.replace(/\s+/g, " ").trim();

// What was typed in running words and does not stand on the page.
const missing = (fields) => {
  const stands = plain(document.querySelector("main")?.innerText ?? "");
  const typed = [...new URLSearchParams(fields)].filter(([name]) => name.startsWith("body/")).map(([, value]) => plain(value));
  return typed.filter((value) => value.includes(" ") && !stands.includes(value));
};

// A note that is read has been signed: nothing can be saved to it any more, but what is not in it can still be read.
function showBeside(name, words) {
  const make = (tag, properties) => Object.assign(document.createElement(tag), properties);
  const bar = make("div", { className: "notice" });
  bar.setAttribute("role", "status");
  const drop = make("button", { type: "button", textContent: "Throw it away" });
  drop.addEventListener("click", () => {
    localStorage.removeItem(name);
    bar.remove();
  });
  const says = "You typed this here, and it is not in the note: it was signed meanwhile. Copy what you still need.";
  bar.append(make("p", { textContent: says }), ...words.map((textContent) => make("p", { className: "words", textContent })), drop);
  document.querySelector("main").prepend(bar);
}

export function tidy() {
  // A colleague who signed in after them is shown nothing of what they typed.
  const who = document.body.dataset.who;
  const isRead = who && /^\/notes\/[^/]+$/.test(location.pathname) && `${PREFIX}${who}${location.pathname}/edit`;
  for (const name of names()) {
    const left = read(name);
    const isOld = Date.now() - (left?.at ?? 0) > LONGEST;
    const isHere = name === isRead;
    const words = isHere && !isOld ? missing(left.fields) : [];
    if (words.length > 0) showBeside(name, words);
    else if (isOld || isHere) localStorage.removeItem(name);
  }
  document.addEventListener("submit", (event) => {
    if (event.target.getAttribute("action") !== "/sign-out") return;
    // What a colleague typed whose session ended here waits for them.
    const own = names().filter((name) => name.startsWith(`${PREFIX}${who}/`));
    if (own.length > 0 && !confirm(LEAVING)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    } else {
      isOver = true;
      own.forEach((name) => localStorage.removeItem(name));
    }
  });
}
