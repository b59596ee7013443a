// The map of a cluster page: what a dot is shows at once, and a cluster can be looked at alone.
(() => {
  const map = document.querySelector("figure.map"), box = document.createElement("div");
  if (!map) return;
  box.className = "tip";
  box.hidden = true;
  document.body.append(box);
  map.querySelectorAll("circle > title").forEach((title) => {
    title.parentNode.dataset.said = title.textContent;  // else the browser shows it a second time
    title.remove();
  });
  const picture = map.querySelector("svg");
  const nearest = (event) => {
    const frame = picture.getBoundingClientRect(), scale = 760 / frame.width;
    const x = (event.clientX - frame.left) * scale, y = (event.clientY - frame.top) * scale;
    const reach = event.pointerType === "touch" ? 24 * scale : 8 * scale;
    let best = null, least = reach * reach;
    picture.querySelectorAll("g:not(.dim) > circle").forEach((dot) => {
      const away = (dot.cx.baseVal.value - x) ** 2 + (dot.cy.baseVal.value - y) ** 2;
      if (away <= least) [best, least] = [dot, away];
    });
    return best;
  };
  let marked = null;
  const point = (event) => {
    const dot = nearest(event);
    if (marked) marked.classList.remove("on");
    marked = dot;
    box.hidden = !dot;
    if (!dot) return;
    dot.classList.add("on");
    box.textContent = dot.dataset.said;
    const room = document.documentElement.clientWidth - box.offsetWidth - 12;
    box.style.left = `${Math.max(8, Math.min(event.clientX + 12, room)) + scrollX}px`;
    box.style.top = `${event.clientY + 16 + scrollY}px`;
  };
  picture.addEventListener("pointermove", point);
  picture.addEventListener("pointerdown", point);
  picture.addEventListener("pointerleave", (event) => {
    if (event.pointerType !== "touch") point({ clientX: -1e6, clientY: -1e6 });
  });
  let held = null;
  const alone = (cluster) =>
    map.querySelectorAll("[data-cluster]").forEach((part) =>
      part.classList.toggle("dim", cluster !== null && part.dataset.cluster !== cluster));
  map.querySelectorAll("li[data-cluster]").forEach((entry) => {
    const own = entry.dataset.cluster;
    const hold = () => { held = held === own ? null : own; alone(held); };
    entry.addEventListener("pointerenter", (event) => {
      if (event.pointerType === "mouse" && held === null) alone(own);
    });
    entry.addEventListener("pointerleave", () => { if (held === null) alone(null); });
    entry.addEventListener("click", hold);
    entry.addEventListener("keydown", (event) => { if (event.key === "Enter") hold(); });
  });
})();
