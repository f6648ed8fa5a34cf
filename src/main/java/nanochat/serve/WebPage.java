package nanochat.serve;

import java.util.List;

/// A page for people: a folder of `nanochat/web` with `index.html`, its style, its modules and its messages (`en.json`, `zh.json`). Adding one takes
/// the folder and a constant here; the server that shows it names it, and the links between pages follow.
///
/// @param name of its folder, and of its link: `page.NAME` among the house's messages
/// @param address at which it is shown
/// @param files of the folder, all that can be asked for
record WebPage(String name, String address, List<String> files) {
    /// A conversation with the model.
    static final WebPage CHAT = new WebPage("chat", "/", List.of("index.html", "chat.css", "chat.js", "answer.js", "conversations.js",
            "markdown.js", "peek.js",
            "settings.js", "side.js", "thread.js", "tokens.js", "en.json", "zh.json"));

    /// What trains and what has trained, as it goes.
    static final WebPage RUNS = new WebPage("runs", "/runs", List.of("index.html", "runs.css", "runs.js", "charts.js", "en.json",
            "zh.json"));

    /// What happens inside, on the reader's own text.
    static final WebPage EXPLAIN = new WebPage("explain", "/explain", List.of("index.html", "explain.css", "explain.js", "blocks.js",
            "figures.js", "knobs.js", "en.json", "zh.json"));

    /// What all pages share: design, languages, light and dark. It has no `index.html` and is no page itself.
    static final List<String> HOUSE = List.of("house.css", "house.js", "early.js", "icon.svg", "en.json", "zh.json");

    WebPage {
        files = List.copyOf(files);
        if (!files.contains("index.html")) {
            throw new IllegalArgumentException("a page begins with its index.html");
        }
    }
}
