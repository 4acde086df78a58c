// What is wrong with the page for somebody who uses a keyboard, a screen reader or weak eyes: a list
// of sentences, empty when all is well. Rules: WCAG 2.2 AA as far as a machine can tell, and targets
// of 44 px.
() => {
  const findings = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  const name = (element) => {
    const id = element.id ? `#${element.id}` : "";
    return `<${element.tagName.toLowerCase()}${id}> ${(element.textContent || "").trim().slice(0, 30)}`;
  };
  const isShown = (element) => {
    const box = element.getBoundingClientRect();
    const isOnPage = box.right > 0 && box.bottom + window.scrollY > 0;
    return element.checkVisibility({ visibilityProperty: true }) && box.width > 1 && box.height > 1 && isOnPage;
  };

  if (!["es", "en"].includes(document.documentElement.lang)) findings.push("no language");
  if (!document.title.trim()) findings.push("no title");
  if (all("main").length !== 1) findings.push("not exactly one main");
  if (all("h1").length !== 1) findings.push("not exactly one h1");
  all("h1, h2, h3, h4, h5, h6").reduce((above, heading) => {
    const level = Number(heading.tagName[1]);
    if (level > above + 1) findings.push(`heading skips a level: ${name(heading)}`);
    return level;
  }, 0);

  const ids = all("[id]").map((element) => element.id);
  ids.filter((id, index) => ids.indexOf(id) !== index).forEach((id) => findings.push(`id twice: ${id}`));
  for (const attribute of ["aria-describedby", "aria-labelledby", "for"]) {
    all(`[${attribute}]`).forEach((element) => {
      const wanted = element.getAttribute(attribute).trim().split(/\s+/).filter(Boolean);
      wanted.filter((id) => !ids.includes(id)).forEach((id) => findings.push(`${attribute} of nothing: ${id}`));
    });
  }
  all("img:not([alt])").forEach((element) => findings.push(`no alternative text: ${name(element)}`));
  all("svg:not([aria-hidden='true']):not([role='img'])").forEach(() => findings.push("svg neither hidden nor named"));
  all("[tabindex]").forEach((element) => {
    if (element.tabIndex > 0) findings.push(`own tab order: ${name(element)}`);
  });

  const labelled = (element) =>
    element.getAttribute("aria-label") || element.getAttribute("aria-labelledby") ||
    [...(element.labels || [])].some((label) => label.textContent.trim());
  all("input:not([type='hidden']), select, textarea").forEach((element) => {
    if (!labelled(element)) findings.push(`no label: ${name(element)} ${element.name}`);
  });
  all("a[href], button, summary").forEach((element) => {
    if (!element.textContent.trim() && !element.getAttribute("aria-label")) findings.push(`no name: ${name(element)}`);
  });
  all("[aria-invalid='true']").forEach((element) => {
    if (isShown(element) && !element.closest("fieldset[aria-describedby]") && !element.getAttribute("aria-describedby")) {
      findings.push(`wrong, but not said why: ${name(element)}`);
    }
  });

  all("a[href], button, summary, input:not([type='hidden']), select, textarea").filter(isShown).forEach((element) => {
    const target = element.matches("[type='radio'], [type='checkbox']") ? element.closest("label") || element : element;
    const box = target.getBoundingClientRect();
    if (box.width < 43.5 || box.height < 43.5) {
      findings.push(`target ${Math.round(box.width)}x${Math.round(box.height)}: ${name(element)}`);
    }
  });
  if (document.documentElement.scrollWidth > window.innerWidth) findings.push("scrolls sideways");

  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  };
  const over = (top, bottom) => [0, 1, 2].map((i) => top[i] * top[3] + bottom[i] * (1 - top[3]));
  const ground = (element) => {
    const layers = [];
    for (let node = element; node; node = node.parentElement) {
      const colour = rgba(getComputedStyle(node).backgroundColor);
      layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255]);
  };
  const luminance = (colour) => {
    const [red, green, blue] = colour.map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ratio = (one, other) => {
    const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  all("body *").forEach((element) => {
    const text = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!(text || element.matches("input, select, textarea")) || !isShown(element)) return;
    if (element.closest("[aria-disabled='true'], :disabled")) return;
    const style = getComputedStyle(element);
    const behind = ground(element);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const found = ratio(over(rgba(style.color), behind), behind);
    if (found < (isLarge ? 3 : 4.5)) findings.push(`contrast ${found.toFixed(2)}: ${name(element)}`);
    if (!element.matches("input:not([type='radio']), select, textarea")) return;
    const edge = ratio(over(rgba(style.borderTopColor), behind), ground(element.parentElement));
    if (edge < 3) findings.push(`edge contrast ${edge.toFixed(2)}: ${name(element)}`);
  });
  return findings;
}
