document.documentElement.className = "js";
try {
  const kept = localStorage.getItem("tenner-theme");
  if (kept === "dark" || kept === "light") document.documentElement.dataset.theme = kept;
} catch {
  // A page opened from a file may not keep anything; the system's choice stands.
}
