"use strict";
const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");
const theme = document.getElementById("theme");

function isDark() {
  return root.dataset.theme ? root.dataset.theme === "dark" : dark.matches;
}

function showTheme() {
  theme.setAttribute("aria-pressed", String(isDark()));
}

theme.addEventListener("click", () => {
  root.dataset.theme = isDark() ? "light" : "dark";
  try {
    localStorage.setItem("tenner-theme", root.dataset.theme);
  } catch {
    // Not kept, and still switched.
  }
  showTheme();
});
dark.addEventListener("change", showTheme);
showTheme();

// A thousand apps have tens of thousands of lines, so a row's are laid out when it is opened.
const data = JSON.parse(document.getElementById("derivations").textContent);

function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function lineOf([price, resource, derivation, list, pays, more]) {
  const row = document.createElement("tr");
  const link = element("a", data.prices[price][1]);
  link.href = `#p${price}`;
  const small = element("small", `${data.texts[derivation]}, `);
  small.append(link, data.texts[more]);
  const what = element("td", `${data.prices[price][0]}, ${data.texts[resource]}`);
  what.append(small);
  row.append(what, element("td", list, "number"), element("td", pays, "number"));
  return row;
}

function layOut(button, group) {
  const table = document.createElement("table");
  table.append(element("caption", `How ${button.textContent} comes about`));
  const head = table.createTHead().insertRow();
  for (const [index, text] of data.headings.entries()) {
    const heading = element("th", text, index ? "number" : "");
    heading.scope = "col";
    head.append(heading);
  }
  const body = table.createTBody();
  body.className = "plain";
  body.append(...data.rows[button.dataset.row].map(lineOf));
  const row = group.insertRow();
  row.className = "more";
  row.id = `r${button.dataset.row}`;
  const cell = row.insertCell();
  cell.colSpan = group.rows[0].cells.length;
  cell.append(table);
  button.setAttribute("aria-controls", row.id);
}

// A row's button shows the derivation in the row below it.
document.addEventListener("click", (event) => {
  const button = event.target.closest("button.how");
  if (!button) return;
  const group = button.closest("tbody");
  if (group.rows.length === 1) layOut(button, group);
  button.setAttribute("aria-expanded", String(group.classList.toggle("open")));
});

// A heading's button sorts its table; the rows of one entry stay together.
function keyOf(group, column) {
  const cell = group.rows[0].cells[column];
  return cell.dataset.value === undefined ? cell.textContent.trim() : Number(cell.dataset.value);
}

for (const button of document.querySelectorAll("th button.sort")) {
  const heading = button.closest("th");
  const table = heading.closest("table");
  button.addEventListener("click", () => {
    const up = heading.getAttribute("aria-sort") === "descending" ||
      (!heading.hasAttribute("aria-sort") && !heading.classList.contains("number"));
    for (const other of heading.parentElement.cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", up ? "ascending" : "descending");
    const keyed = Array.from(table.tBodies, (group) => [keyOf(group, heading.cellIndex), group]);
    keyed.sort(([one], [two]) => {
      const order = typeof one === "number" ? one - two : one.localeCompare(two);
      return up ? order : -order;
    });
    table.append(...keyed.map(([, group]) => group));
  });
}

// The filter keeps the rows whose name has all of its words.
const filter = document.getElementById("filter");
if (filter) {
  const groups = Array.from(document.querySelectorAll("#rows tbody"));
  const names = groups.map((group) => group.rows[0].cells[0].textContent.toLowerCase());
  const count = document.getElementById("count");
  filter.addEventListener("input", () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let left = 0;
    groups.forEach((group, index) => {
      const keep = words.every((word) => names[index].includes(word));
      group.hidden = !keep;
      left += Number(keep);
    });
    count.textContent = `${left} of ${groups.length} shown`;
  });
}
