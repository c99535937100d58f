"use strict";
// Without this script everything is still there; it only searches.
const search = document.getElementById("search");
const shown = document.getElementById("shown");
const cell = document.getElementById("cell");
const entries = [...document.querySelectorAll("#list li")];
let chosen = null;

function show() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = document.querySelector("input[name=show]:checked").value;
  let count = 0;
  for (const entry of entries) {
    const text = entry.textContent.toLowerCase();
    const fits = (!wanted || entry.dataset.word === wanted)
      && words.every((word) => text.includes(word))
      && (!chosen || (entry.dataset.behaviour === chosen.dataset.behaviour
        && entry.dataset.operations.split(" ").includes(chosen.dataset.operation)));
    entry.hidden = !fits;
    count += fits ? 1 : 0;
  }
  shown.textContent = count + " items" + (chosen ? " · " + chosen.dataset.operation + ", " + chosen.dataset.behaviour : "");
}

function choose(button) {
  if (chosen) chosen.setAttribute("aria-pressed", "false");
  chosen = chosen === button ? null : button;
  cell.textContent = chosen
    ? chosen.dataset.operation + " · " + chosen.dataset.behaviour + ": " + chosen.dataset.parity + "\n" + chosen.dataset.more
    : "No cell is selected.";
  if (chosen) {
    chosen.setAttribute("aria-pressed", "true");
    const link = document.createElement("a");
    link.href = "#items";
    link.textContent = "Its items";
    cell.append("\n", link);
  }
  show();
}

for (const button of document.querySelectorAll(".matrix button")) {
  button.addEventListener("click", () => choose(button));
}
document.getElementById("filter").addEventListener("submit", (event) => event.preventDefault());
document.getElementById("filter").addEventListener("input", show);
