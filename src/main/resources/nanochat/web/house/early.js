// Runs before anything is painted: light or dark and the language, as chosen before.
(() => {
    const root = document.documentElement;
    let kept = {};
    try {
        kept = JSON.parse(localStorage.getItem("nanochat.house")) ?? {};
    } catch {
        // No storage, or not ours: the system's choice it is.
    }
    if (kept.theme === "light" || kept.theme === "dark") {
        root.dataset.theme = kept.theme;
    }
    const language = kept.language === "en" || kept.language === "zh" ? kept.language : navigator.language;
    root.lang = /^zh\b/i.test(language) ? "zh-Hans" : "en";
})();
