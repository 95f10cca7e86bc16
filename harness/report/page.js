// A click on a heading sorts its table: ascending first, descending on the next click, empty cells last in both.
const words = new Intl.Collator("en", { numeric: true });

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
