// What a page's look does to people: each check gives one line for each thing that is
// wrong, and none if nothing is.
"use strict";

const PRESSABLE = "a[href], button, input:not([type=hidden]), select, summary";

const named = (element) =>
  `${element.localName} ${JSON.stringify(
    (element.ariaLabel || element.innerText || element.name || "")
      .trim()
      .slice(0, 40),
  )}`;

const isShown = (element) =>
  element.checkVisibility({ opacityProperty: true, visibilityProperty: true });

const shown = (selector) =>
  [...document.querySelectorAll(selector)].filter(isShown);

const inView = (box) => box.right > 0 && box.bottom + scrollY > 0;

function wider_than(width) {
  const page = document.documentElement;
  if (page.scrollWidth <= width) return [];
  return shown("body *")
    .filter((each) => each.getBoundingClientRect().right > width + 0.5)
    .map((each) => `${named(each)} reaches ${each.getBoundingClientRect().right}`)
    .concat(`the page is ${page.scrollWidth} wide`);
}

const overlap = (one, other) =>
  Math.min(one.right, other.right) - Math.max(one.left, other.left) > 0.5 &&
  Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 0.5;

const boxes = (element) =>
  [...element.getClientRects()].filter((box) => box.width && inView(box));

const isInText = (element) =>
  getComputedStyle(element).display === "inline" &&
  element.parentElement.innerText.trim() !== element.innerText.trim();

// Web Content Accessibility Guidelines 2.2, 2.5.8: 24 pixels, but for links in text.
function hard_to_press(least = 24) {
  const targets = shown(PRESSABLE);
  const wrong = [];
  targets.forEach((one, at) => {
    for (const box of boxes(one)) {
      const isSmall = box.height < least || box.width < least;
      const hasLabel = one.closest("label");
      if (isSmall && !isInText(one) && !hasLabel)
        wrong.push(`${named(one)} is ${box.width} by ${box.height}`);
      for (const other of targets.slice(at + 1)) {
        if (boxes(other).some((its) => overlap(box, its)))
          wrong.push(`${named(one)} lies over ${named(other)}`);
      }
    }
  });
  return wrong;
}

// What a finger meets in the middle of each entry of the menu.
function hidden_in_menu(selector) {
  return shown(selector)
    .filter((each) => {
      each.scrollIntoView({ block: "center" });
      const box = each.getBoundingClientRect();
      const met = document.elementFromPoint(
        box.left + box.width / 2,
        box.top + box.height / 2,
      );
      return !each.contains(met);
    })
    .map(named);
}

const canvas = document.createElement("canvas").getContext("2d", {
  willReadFrequently: true,
});

// Any colour of CSS as [red, green, blue, alpha], of which alpha is in 0 to 1.
function channels(colour) {
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = colour;
  canvas.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
  return [red, green, blue, alpha / 255];
}

const over = ([red, green, blue, alpha], below) =>
  [red, green, blue].map((each, at) => each * alpha + below[at] * (1 - alpha));

function ground(element) {
  if (!element) return channels("canvas").slice(0, 3);
  const colour = channels(getComputedStyle(element).backgroundColor);
  return colour[3] === 1 ? colour.slice(0, 3) : over(colour, ground(element.parentElement));
}

function luminance(colour) {
  const [red, green, blue] = colour.map((each) => {
    const part = each / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

// Web Content Accessibility Guidelines 2.2, "contrast ratio": 1 to 21.
function contrast(one, other) {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

const saysSomething = (element) =>
  element.matches("input, select")
    ? element.type !== "checkbox" && element.type !== "hidden"
    : [...element.childNodes].some(
        (each) => each.nodeType === Node.TEXT_NODE && each.data.trim(),
      );

function hard_to_read(least = 4.5) {
  return shown("body, body *")
    .filter((each) => saysSomething(each) && !each.closest("noscript"))
    .map((each) => {
      const below = ground(each);
      const colour = over(channels(getComputedStyle(each).color), below);
      return [each, contrast(colour, below)];
    })
    .filter(([, ratio]) => ratio < least)
    .map(([each, ratio]) => `${named(each)} has ${ratio.toFixed(2)}`);
}

// Every control, in the order in which a page should lead to them.
function controls() {
  return shown(`${PRESSABLE}, [tabindex="0"]`).map(named);
}

// What has the focus, and whether one can see that it has: the outline, too.
function focused(least = 3) {
  const element = document.activeElement;
  if (element === document.body) return null;
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  const around = ground(element.parentElement);
  const width = parseFloat(style.outlineWidth);
  const reach = width + parseFloat(style.outlineOffset);
  const isSeen =
    element.matches(":focus-visible") &&
    style.outlineStyle !== "none" &&
    width >= 2 &&
    contrast(over(channels(style.outlineColor), around), around) >= least &&
    box.left - reach >= 0 &&
    box.top - reach >= 0 &&
    box.right + reach <= innerWidth &&
    box.bottom + reach <= innerHeight;
  return { name: named(element), isSeen, isInMain: Boolean(element.closest("main")) };
}
