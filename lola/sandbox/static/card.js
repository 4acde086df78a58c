// Groups the digits, shows the brand and reports errors before the form is sent. The vault checks
// everything again, and this script sends nothing.
"use strict";
const number = document.getElementById("number");
const expiry = document.getElementById("expiry");
const code = document.getElementById("code");
const brand = document.getElementById("brand");
const BRANDS = [
  ["Amex", /^3[47]/],
  ["Visa", /^4/],
  ["Mastercard", /^(5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/],
];
const [[AMEX]] = BRANDS;

const digitsOf = (field) => field.value.replace(/\D/g, "");
const brandOf = (digits) => (BRANDS.find(([, start]) => start.test(digits)) || [""])[0];

function luhn(digits) {
  let sum = 0;
  [...digits].reverse().forEach((digit, index) => {
    const value = Number(digit) * (index % 2 ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  });
  return sum % 10 === 0;
}

// Writing a field's value moves the caret to its end: only do it when the caret is there.
function rewrite(field, value) {
  if (field.selectionStart === field.value.length && field.value !== value) field.value = value;
}

function numberProblem() {
  const digits = digitsOf(number);
  if (!digits) return "errorNumberMissing";
  return digits.length < 13 || !luhn(digits) ? "errorNumber" : "";
}

function expiryProblem() {
  const match = /^(0?[1-9]|1[0-2])\s*[/.\- ]?\s*(?:20)?(\d{2})$/.exec(expiry.value.trim());
  if (!match) return "errorExpiry";
  const today = new Date();
  const months = (2000 + Number(match[2])) * 12 + Number(match[1]) - 1;
  return months < today.getFullYear() * 12 + today.getMonth() ? "errorExpired" : "";
}

function codeProblem() {
  if (!code.value) return "errorCodeMissing";
  const length = brandOf(digitsOf(number)) === AMEX ? 4 : 3;
  return /^\d+$/.test(code.value) && code.value.length === length ? "" : "errorCode";
}

const CHECKS = [[number, numberProblem], [expiry, expiryProblem], [code, codeProblem]];

function show(field, problem) {
  const line = document.getElementById(`${field.id}-error`);
  line.textContent = problem ? line.dataset[problem] : "";
  line.hidden = !problem;
  if (problem) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
}

number.addEventListener("input", () => {
  const digits = digitsOf(number);
  const name = brandOf(digits);
  const groups = name === AMEX ? /(\d{1,4})(\d{1,6})?(\d{1,5})?/ : /(\d{1,4})(\d{1,4})?(\d{1,4})?(\d{1,7})?/;
  rewrite(number, (groups.exec(digits) || []).slice(1).filter(Boolean).join(" "));
  if (brand.textContent !== name) brand.textContent = name;
});
expiry.addEventListener("input", (event) => {
  const digits = digitsOf(expiry);
  if (event.inputType !== "deleteContentBackward" && digits.length >= 2 && digits.length <= 4) {
    rewrite(expiry, `${digits.slice(0, 2)} / ${digits.slice(2)}`);
  }
});
// Errors appear on submit and disappear with the next key: a line that appears when a field loses
// focus would move the button while it is being pressed.
for (const [field] of CHECKS) field.addEventListener("input", () => show(field, ""));
document.getElementById("card").addEventListener("submit", (event) => {
  const wrong = CHECKS.filter(([, check]) => check());
  for (const [field, check] of CHECKS) show(field, check());
  if (!wrong.length) return;
  event.preventDefault();
  wrong[0][0].focus();
});
