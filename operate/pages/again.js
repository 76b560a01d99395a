// Fetches the page's middle every two seconds and takes what has changed in each part, so that what somebody reads,
// has selected or has the focus on stays. Where nothing comes, the figures are told to be old.
"use strict";

const EVERY = 2000;
const PATIENCE = 30000; // A look waits for SSH and for the storage.
const unavailable = document.getElementById("unavailable");
const main = document.getElementById("body");

const reached = part => [...part.querySelectorAll("a, [tabindex]")];

function replace(old, fresh) {
  const before = reached(old).map(one => [one.scrollLeft, one === document.activeElement]);
  old.replaceChildren(...fresh.childNodes);
  reached(old).forEach((one, number) => {
    const [scrolled, focused] = before[number] ?? [0, false];
    one.scrollLeft = scrolled;
    if (focused) one.focus({ preventScroll: true });
  });
}

function take(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  for (const part of fresh.body.children) {
    const old = document.getElementById(part.id);
    if (old !== null && old.innerHTML !== part.innerHTML) replace(old, part);
  }
}

async function look() {
  try {
    const answer = await fetch("/body", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    take(await answer.text());
    unavailable.hidden = true;
    main.classList.remove("old");
  } catch {
    if (unavailable.hidden) {
      unavailable.textContent = `operate dashboard has not answered since ${new Date().toLocaleTimeString()}: what is shown is old.`;
      unavailable.hidden = false;
      main.classList.add("old");
    }
  }
  setTimeout(look, EVERY);
}

setTimeout(look, EVERY);
