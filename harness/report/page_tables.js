// A click on a heading sorts its table: ascending first, descending on the next click, empty cells last in both.
const words = new Intl.Collator("en", { numeric: true });
// Tables of fewer rows are seen at once.
const FEWEST_TO_FILTER = 6;

function sort(heading) {
  const place = heading.cellIndex;
  const rising = heading.getAttribute("aria-sort") !== "ascending";
  const numeric = heading.classList.contains("number");
  const body = heading.closest("table").tBodies[0];
  const value = (row) => row.cells[place].dataset.value ?? row.cells[place].textContent;
  const order = (a, b) => {
    if (value(a) === "" || value(b) === "") return (value(a) === "") - (value(b) === "");
    const found = numeric ? value(a) - value(b) : words.compare(value(a), value(b));
    return rising ? found : -found;
  };
  body.append(...[...body.rows].sort(order));
  for (const each of heading.parentElement.cells) each.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", rising ? "ascending" : "descending");
}

for (const button of document.querySelectorAll("th button")) {
  button.addEventListener("click", () => sort(button.parentElement));
}

// A row stays where each word that is typed stands somewhere in it; -word: where it does not.
function filter(table, text) {
  const asked = text.toLowerCase().split(/\s+/).filter((word) => word && word !== "-");
  let shown = 0;
  for (const row of table.tBodies[0].rows) {
    const cells = [...row.cells].map((cell) => cell.textContent.toLowerCase()).join("\n");
    const stays = asked.every((word) => (word[0] === "-" ? !cells.includes(word.slice(1)) : cells.includes(word)));
    row.hidden = !stays;
    shown += stays;
  }
  return shown;
}

for (const table of document.querySelectorAll(".table table")) {
  const rows = table.tBodies[0].rows.length;
  if (rows < FEWEST_TO_FILTER) continue;
  const bar = document.createElement("div");
  bar.className = "bar";
  const box = document.createElement("input");
  Object.assign(box, { type: "search", placeholder: "filter rows: words, -words", spellcheck: false });
  box.setAttribute("aria-label", "Filter the rows of this table");
  box.setAttribute("aria-controls", table.id);
  const count = document.createElement("output");
  box.addEventListener("input", () => {
    const shown = filter(table, box.value);
    count.textContent = box.value.trim() ? `${shown} of ${rows} rows` : "";
  });
  bar.append(box, count);
  table.parentElement.before(bar);
}
