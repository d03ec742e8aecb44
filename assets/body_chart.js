// The body chart: marks are put on the figures, and stand in the same rows that can be filled in without a script.
import { addRow, removeRow } from "./rows.js";

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT, WHOLE] = [200, 440, 1000];
const STEPS = { ArrowLeft: [-5, 0], ArrowRight: [5, 0], ArrowUp: [0, -5], ArrowDown: [0, 5] };

const within = (value) => Math.max(0, Math.min(WHOLE, Math.round(value)));

export function bodyChart(form) {
  const chart = form.querySelector("[data-chart]");
  const list = form.querySelector('[data-rows="marks"]');
  if (!chart || !list) return;
  chart.hidden = false;
  list.classList.add("scripted");
  form.querySelector("[data-without-script]").hidden = true;
  const figures = new Map([...chart.querySelectorAll("svg")].map((svg) => [svg.dataset.view, svg]));
  const kinds = document.getElementById("chart-kind");
  const intensities = document.getElementById("chart-intensity");
  const rows = () => [...list.querySelectorAll(".table-row")];
  const field = (row, name) => row.querySelector(`[name$="/${name}"]`);
  const isMark = (row) => figures.has(field(row, "view").value);
  const changed = () => form.dispatchEvent(new Event("input", { bubbles: true }));

  // The point of a figure, in thousandths of its width and height, at which a pointer is.
  const point = (svg, event) => {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    return [within((at.x / WIDTH) * WHOLE), within((at.y / HEIGHT) * WHOLE)];
  };

  const region = (svg, x, y) => {
    const at = new DOMPoint((x / WHOLE) * WIDTH, (y / WHOLE) * HEIGHT);
    const hit = [...svg.querySelectorAll("polygon")].reverse().find((part) => part.isPointInFill(at));
    return hit?.querySelector("title").textContent ?? "beside the body";
  };

  const place = (row, [x, y]) => {
    field(row, "x").value = within(x);
    field(row, "y").value = within(y);
  };

  const draw = () => {
    figures.forEach((svg) => svg.querySelector(".marks").replaceChildren());
    rows().forEach((row, at) => {
      row.hidden = !isMark(row);
      if (row.hidden) return;
      const svg = figures.get(field(row, "view").value);
      const [x, y] = [Number(field(row, "x").value), Number(field(row, "y").value)];
      const kind = field(row, "kind");
      const strength = field(row, "intensity").value;
      const says = `${kind.selectedOptions[0]?.textContent || "mark"}, ${region(svg, x, y)}${strength && `, ${strength} of 10`}`;
      row.setAttribute("aria-label", `Mark ${at + 1}`);
      let told = row.querySelector(".where");
      if (!told) row.prepend((told = Object.assign(document.createElement("p"), { className: "where" })));
      told.textContent = `${at + 1}. ${says}`;
      const spot = document.createElementNS(SVG, "g");
      spot.setAttribute("class", `spot ${kind.value}`);
      spot.setAttribute("transform", `translate(${(x / WHOLE) * WIDTH} ${(y / WHOLE) * HEIGHT})`);
      spot.setAttribute("tabindex", "0");
      spot.setAttribute("role", "button");
      spot.setAttribute("aria-label", `Mark ${at + 1}: ${says}`);
      const circle = document.createElementNS(SVG, "circle");
      circle.setAttribute("r", "9");
      const number = document.createElementNS(SVG, "text");
      number.textContent = at + 1;
      spot.append(circle, number);
      svg.querySelector(".marks").append(spot);
      hold(spot, svg, row);
    });
  };

  const spotOf = (row) => {
    const svg = figures.get(field(row, "view").value);
    const on = rows().filter((other) => field(other, "view").value === svg.dataset.view);
    return svg.querySelectorAll(".spot")[on.indexOf(row)];
  };

  const take = (row) => {
    removeRow(row);
    draw();
  };

  // A mark is dragged, moved by the arrow keys and taken away.
  function hold(spot, svg, row) {
    spot.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      spot.focus();
      spot.setPointerCapture(event.pointerId);
      let moved = false;
      const move = (event) => {
        moved = true;
        const at = point(svg, event);
        place(row, at);
        spot.setAttribute("transform", `translate(${(at[0] / WHOLE) * WIDTH} ${(at[1] / WHOLE) * HEIGHT})`);
      };
      const drop = () => {
        spot.removeEventListener("pointermove", move);
        if (!moved) return;
        draw();
        spotOf(row).focus();
        changed();
      };
      spot.addEventListener("pointermove", move);
      spot.addEventListener("pointerup", drop, { once: true });
      spot.addEventListener("pointercancel", drop, { once: true });
    });
    spot.addEventListener("keydown", (event) => {
      const step = STEPS[event.key];
      if (step) {
        const wide = event.shiftKey ? 10 : 1;
        place(row, [Number(field(row, "x").value) + step[0] * wide, Number(field(row, "y").value) + step[1] * wide]);
        draw();
        spotOf(row).focus();
        changed();
      } else if (event.key === "Delete" || event.key === "Backspace") {
        take(row);
      } else if (event.key === "Enter") {
        field(row, "kind").focus();
      } else {
        return;
      }
      event.preventDefault();
    });
  }

  const add = (view, at) => {
    const row = rows().find((row) => !isMark(row)) ?? addRow(list);
    field(row, "view").value = view;
    field(row, "kind").value = kinds.value;
    field(row, "intensity").value = intensities.value;
    place(row, at);
    less(row);
    draw();
    spotOf(row).focus();
    changed();
  };

  const less = (row) => {
    row.querySelector(".less")?.remove();
    const button = Object.assign(document.createElement("button"), { type: "button", className: "less", textContent: "×" });
    button.setAttribute("aria-label", "Take this mark away");
    button.addEventListener("click", () => take(row));
    row.append(button);
  };

  figures.forEach((svg, view) => {
    svg.addEventListener("click", (event) => {
      if (!event.target.closest(".spot")) add(view, point(svg, event));
    });
  });
  for (const button of chart.querySelectorAll("[data-mark-on]")) {
    button.addEventListener("click", () => add(button.dataset.markOn, [500, 300]));
  }
  list.addEventListener("change", draw);
  rows().filter(isMark).forEach(less);
  draw();
}
