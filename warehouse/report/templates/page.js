/* Values under the pointer and by keyboard, for all charts at once: they have one axis. The page is whole without it. */
(() => {
  document.documentElement.classList.add("has-script");
  const PAGE = document.querySelector("h1 time").dateTime;
  const [LEFT, RIGHT, TOP, BOTTOM, WIDTH, YEAR] = [4, 292, 14, 114, 340, 365];
  const charts = [...document.querySelectorAll("figure[data-days]")].map((figure) => {
    const list = (name, by = ",") => figure.dataset[name].split(by);
    const [days, closes, [low, high]] = [list("days"), list("closes", ";"), list("scale").map(Number)];
    const plot = figure.querySelector("svg");
    const age = (day) => (Date.parse(PAGE) - Date.parse(day)) / 864e5;
    return {
      plot, days, closes, moves: list("moves"), falls: list("falls"),
      places: days.map((day) => RIGHT - (RIGHT - LEFT) * age(day) / YEAR),
      heights: closes.map((close) => BOTTOM - (BOTTOM - TOP) * (close.replaceAll(",", "") - low) / (high - low)),
      line: plot.querySelector("path.cursor"), dot: plot.querySelector("circle.cursor"),
      output: figure.querySelector("output"), name: figure.querySelector("figcaption b"),
    };
  });
  const at = (chart, day) => chart.days.findLastIndex((one) => one <= day);
  const told = (chart, index) =>
    `${chart.days[index]}  ${chart.closes[index]}  ${chart.moves[index]}  ↓ ${chart.falls[index]}`;
  const show = (day) => charts.forEach((chart) => {
    const index = at(chart, day);
    if (index < 0) return;
    const [x, y] = [chart.places[index], chart.heights[index]];
    chart.line.setAttribute("d", `M${x} ${TOP}V166`);
    chart.dot.setAttribute("cx", x);
    chart.dot.setAttribute("cy", y || 0);
    chart.dot.setAttribute("r", y ? 3 : 0); /* NaN on a gap */
    chart.output.textContent = told(chart, index);
    chart.plot.setAttribute("aria-valuenow", index);
    chart.plot.setAttribute("aria-valuetext", told(chart, index));
  });
  const STEPS = { ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20, Home: -1e9, End: 1e9 };
  charts.forEach((chart) => {
    const last = chart.days.length - 1;
    const attributes = {
      tabindex: 0, role: "slider", "aria-label": chart.name.innerText, "aria-valuemin": 0, "aria-valuemax": last,
      "aria-valuenow": last, "aria-valuetext": told(chart, last),
    };
    chart.plot.removeAttribute("aria-hidden");
    Object.entries(attributes).forEach(([name, value]) => chart.plot.setAttribute(name, value));
    chart.plot.addEventListener("pointermove", (event) => {
      const box = chart.plot.getBoundingClientRect();
      const x = (event.clientX - box.left) * WIDTH / box.width;
      const apart = chart.places.map((place) => Math.abs(place - x));
      show(chart.days[apart.indexOf(Math.min(...apart))]);
    });
    chart.plot.addEventListener("keydown", (event) => {
      if (!(event.key in STEPS)) return;
      const to = Number(chart.plot.getAttribute("aria-valuenow")) + STEPS[event.key];
      show(chart.days[Math.max(0, Math.min(last, to))]);
      event.preventDefault();
    });
  });
  document.querySelectorAll(".to-sql").forEach((link) => link.addEventListener("click", () => {
    document.querySelector(link.getAttribute("href")).open = true;
  }));
})();
