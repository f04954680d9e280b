// Blocking, so that the theme and the reader's zone are known before anything is painted.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  try {
    const theme = localStorage.getItem("theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  } catch {}
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const names = { "Etc/UTC": "UTC", "Etc/GMT": "UTC", GMT: "UTC" };
  const mine = names[zone] || zone || "UTC";
  if ("zoned" in root.dataset && mine !== root.dataset.zone) {
    const url = new URL(location.href);
    if (url.searchParams.get("zone") === mine) return; // the server does not know it
    url.searchParams.set("zone", mine);
    location.replace(url);
  }
})();
