// Parallel coordinates: a line a network, an axis a key. A drag along an axis keeps the lines that pass there; a click on
// the axis lets it go. What is drawn is in the JSON beside it: axes [{name, values}], values null for a scale of numbers;
// rows: a value an axis, the place in `values` or a number; names: what each line is; lower: whether low is best.
const SIZE = { height: 330, top: 46, bottom: 22, left: 14, right: 62, least: 112 };
const shortly = (value) => Number(value.toPrecision(4)).toString();

class Coordinates {
  constructor(figure) {
    this.figure = figure;
    this.svg = figure.querySelector("svg");
    this.output = figure.querySelector("output");
    Object.assign(this, JSON.parse(figure.querySelector("script").textContent));
    this.brushes = this.axes.map(() => null);
    this.last = this.axes.length - 1;
    this.shares = this.axes.map((axis, place) => this.sharesOf(axis, place));
    figure.querySelector("button").addEventListener("click", () => {
      this.brushes.fill(null);
      this.select();
    });
    new ResizeObserver(() => this.draw()).observe(this.svg.parentElement);
  }

  // Of each row where it crosses the axis, from 0 at the bottom to 1 at the top; the best score is on top.
  sharesOf(axis, place) {
    const own = this.rows.map((row) => row[place]);
    if (!axis.values) {
      const low = Math.min(...own);
      const wide = Math.max(...own) - low || 1;
      axis.low = low;
      axis.wide = wide;
      const falls = place === this.last && this.lower;
      return own.map((value) => (falls ? 1 - (value - low) / wide : (value - low) / wide));
    }
    // Lines of one value fan out in the order of their scores.
    const better = (a, b) => (this.rows[a][this.last] - this.rows[b][this.last]) * (this.lower ? -1 : 1);
    const shares = [];
    axis.values.forEach((_, value) => {
      const lines = own.flatMap((each, row) => (each === value ? [row] : [])).sort(better);
      lines.forEach((row, rank) => {
        const fan = lines.length > 1 ? (rank / (lines.length - 1) - 0.5) * 0.5 : 0;
        shares[row] = (value + 0.5 + fan) / axis.values.length;
      });
    });
    return shares;
  }

  add(kind, attributes, parent = this.svg) {
    const element = document.createElementNS(this.svg.namespaceURI, kind);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    parent.append(element);
    return element;
  }

  x(place) {
    return SIZE.left + (this.last ? (place * (this.width - SIZE.left - SIZE.right)) / this.last : 0);
  }

  y(share) {
    return SIZE.height - SIZE.bottom - share * (SIZE.height - SIZE.top - SIZE.bottom);
  }

  draw() {
    const width = Math.max(this.svg.parentElement.clientWidth, SIZE.left + SIZE.right + this.last * SIZE.least);
    if (width === this.width) return;
    this.width = width;
    this.svg.setAttribute("width", width);
    this.svg.setAttribute("height", SIZE.height);
    this.svg.replaceChildren();
    const lines = this.add("g", { class: "lines" });
    const order = this.rows.map((_, row) => row);
    order.sort((a, b) => this.shares[this.last][a] - this.shares[this.last][b]);
    this.paths = [];
    order.forEach((row) => {
      const points = this.axes.map((_, place) => [this.x(place), this.y(this.shares[place][row])]);
      const bends = points.slice(1).map(([x, y], place) => {
        const [before, height] = points[place];
        const middle = (before + x) / 2;
        return `C${middle} ${height} ${middle} ${y} ${x} ${y}`;
      });
      const path = this.add("path", { d: `M${points[0].join(" ")}${bends.join("")}` }, lines);
      path.style.setProperty("--good", `${Math.round(100 * this.shares[this.last][row])}%`);
      this.add("title", {}, path).textContent = this.names[row];
      path.addEventListener("pointerenter", () => this.tell(row));
      path.addEventListener("pointerleave", () => this.select());
      this.paths[row] = path;
    });
    this.axes.forEach((axis, place) => this.drawAxis(axis, place));
    this.select();
  }

  drawAxis(axis, place) {
    const x = this.x(place);
    const group = this.add("g", { class: "axis" });
    this.add("line", { x1: x, x2: x, y1: this.y(0), y2: this.y(1) }, group);
    const anchor = place === 0 ? "start" : place === this.last ? "end" : "middle";
    const isTight = this.x(1) - this.x(0) < 1.4 * SIZE.least;
    const edge = place === 0 ? 2 : place === this.last ? this.width - 2 : x;
    const name = { class: "name", x: edge, y: isTight && place % 2 ? 14 : 30, "text-anchor": anchor };
    this.add("text", name, group).textContent = axis.name;
    const marks = axis.values
      ? axis.values.map((value, at) => [value, (at + 0.5) / axis.values.length])
      : [0, 0.25, 0.5, 0.75, 1].map((share) => {
          const up = place === this.last && this.lower ? 1 - share : share;
          return [shortly(axis.low + up * axis.wide), share];
        });
    for (const [text, share] of marks) {
      this.add("text", { class: "mark", x: x + 7, y: this.y(share) + 4 }, group).textContent = text;
    }
    const [low, high] = [this.y(1) - 8, this.y(0) + 8];
    const area = this.add("rect", { class: "area", x: x - 14, y: low, width: 28, height: high - low }, group);
    area.dataset.axis = axis.name;
    axis.brush = this.add("rect", { class: "brush", x: x - 7, width: 14, y: 0, height: 0 }, group);
    this.listen(area, place);
  }

  // A drag begins, moves and ends on the area of one axis, wherever the pointer goes.
  listen(area, place) {
    const share = (event) => {
      const height = event.clientY - this.svg.getBoundingClientRect().top;
      const found = (this.y(0) - height) / (this.y(0) - this.y(1));
      return Math.min(1.02, Math.max(-0.02, found));
    };
    let start = null;
    area.addEventListener("pointerdown", (event) => {
      area.setPointerCapture(event.pointerId);
      start = share(event);
      this.brushes[place] = null;
      event.preventDefault();
    });
    area.addEventListener("pointermove", (event) => {
      if (start === null) return;
      const end = share(event);
      this.brushes[place] = Math.abs(end - start) > 0.01 ? [Math.min(start, end), Math.max(start, end)] : null;
      this.select();
    });
    for (const kind of ["pointerup", "pointercancel"]) {
      area.addEventListener(kind, () => {
        start = null;
        this.select();
      });
    }
  }

  isKept(row) {
    return this.brushes.every(
      (brush, place) => !brush || (brush[0] <= this.shares[place][row] && this.shares[place][row] <= brush[1]),
    );
  }

  select() {
    const kept = this.rows.flatMap((_, row) => (this.isKept(row) ? [row] : []));
    this.paths.forEach((path) => path.classList.add("off"));
    kept.forEach((row) => this.paths[row].classList.remove("off"));
    this.axes.forEach((axis, place) => {
      const brush = this.brushes[place];
      axis.brush.setAttribute("y", brush ? this.y(brush[1]) : 0);
      axis.brush.setAttribute("height", brush ? this.y(brush[0]) - this.y(brush[1]) : 0);
    });
    const scores = kept.map((row) => this.rows[row][this.last]);
    const mean = scores.length ? `, mean ${shortly(scores.reduce((a, b) => a + b, 0) / scores.length)}` : "";
    this.output.textContent = `${kept.length} of ${this.rows.length} networks${mean}`;
    this.figure.classList.toggle("brushed", this.brushes.some(Boolean));
  }

  tell(row) {
    this.output.textContent = this.names[row];
  }
}

for (const figure of document.querySelectorAll("figure.coordinates")) new Coordinates(figure);
