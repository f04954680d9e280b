// Times in the reader's zone and words.
const language = document.documentElement.lang;
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const FORMS = {
  clock: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  day: { day: "numeric", month: "short", year: "numeric" },
  moment: { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
};
const formats = Object.fromEntries(
  Object.entries(FORMS).map(([name, form]) => [name, new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, { ...form, timeZone: zone })]),
);
export function localTimes(within) {
  for (const each of within.querySelectorAll("time[data-form]")) {
    each.textContent = formats[each.dataset.form].format(new Date(each.dateTime));
  }
}

