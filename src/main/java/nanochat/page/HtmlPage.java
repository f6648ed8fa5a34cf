package nanochat.page;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/// A document as one page that needs nothing else: its style and its charts are in it, and it has no script. The page is XHTML that both HTML and
/// XML parsers read.
public final class HtmlPage {
    private final Markup page = new Markup();

    private HtmlPage() {
    }

    public static String of(Document document) {
        HtmlPage html = new HtmlPage();
        html.write(document);
        return "<!DOCTYPE html>\n" + html.page + "\n";
    }

    private void write(Document document) {
        page.open("html", "xmlns", "http://www.w3.org/1999/xhtml", "lang", document.language()).newline();
        page.open("head").empty("meta", "charset", "utf-8").newline();
        page.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1").newline();
        page.element("title", document.title() + " – " + document.kind()).newline();
        page.element("style", style()).close().newline();
        page.open("body").open("header").newline();
        page.element("p", "nanochat4j " + document.kind(), "class", "kind").newline();
        page.open("h1").element("bdi", document.title()).close().newline();
        page.element("p", document.lead(), "class", "lead").newline();
        page.open("dl", "class", "figures");
        for (Document.Figure figure : document.figures()) {
            page.open("div").element("dt", figure.label()).element("dd", figure.value()).close();
        }
        page.close().close().newline();
        page.open("main").newline();
        for (Document.Section section : document.sections()) {
            page.open("section").element("h2", section.title()).newline();
            section.blocks().forEach(this::write);
            page.close().newline();
        }
        page.close().newline();
        page.open("footer").element("p", document.foot()).close().newline();
        page.close().close();
    }

    private static String style() {
        try (InputStream css = Objects.requireNonNull(HtmlPage.class.getResourceAsStream("/nanochat/page/page.css"))) {
            return new String(css.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void write(Block block) {
        switch (block) {
            case Block.Paragraph paragraph -> page.element("p", paragraph.text(), "class", "prose");
            case Block.Facts facts -> write(facts);
            case Block.Table table -> write(table);
            case Block.Charts charts -> {
                page.open("div", "class", "charts").newline();
                charts.charts().forEach(chart -> ChartMarkup.write(page, chart));
                page.close();
            }
            case Block.Shares shares -> write(shares);
            case Block.Cells cells -> PictureMarkup.write(page, cells);
            case Block.Lanes lanes -> PictureMarkup.write(page, lanes);
            case Block.HeatMap map -> PictureMarkup.write(page, map);
            case Block.Check check -> page.element("p", check.statement(), "class", check.holds() ? "check holds" : "check fails");
            case Block.Excerpt excerpt -> {
                page.open("details", "class", "excerpt").element("summary", excerpt.place());
                page.open("pre").element("code", excerpt.code()).close().close();
            }
            case Block.Commands commands -> page.open("pre", "class", "commands").element("code", String.join("\n", commands.lines()))
                    .close();
            case Block.Samples samples -> samples.prompts().forEach(this::write);
        }
        page.newline();
    }

    private void write(Block.Facts facts) {
        page.open("div", "class", "block").element("h3", facts.title());
        page.open("dl", "class", "facts");
        for (Block.Fact fact : facts.facts()) {
            page.open("div").element("dt", fact.name()).element("dd", fact.value(), "dir", "auto").close().newline();
        }
        page.close().close();
    }

    private void write(Block.Table table) {
        page.open("div", "class", "block").element("h3", table.title());
        page.open("div", "class", "scroll", "tabindex", "0").open("table");
        page.open("thead").open("tr");
        table.header().forEach(name -> page.element("th", name, "scope", "col"));
        page.close().close().newline().open("tbody");
        for (List<String> row : table.rows()) {
            page.open("tr").open("th", "scope", "row").element("bdi", row.getFirst()).close();
            row.subList(1, row.size()).forEach(cell -> page.element("td", cell));
            page.close().newline();
        }
        page.close().close().close().close();
    }

    private void write(Block.Shares shares) {
        page.open("div", "class", "block").element("h3", shares.title());
        page.open("div", "class", "bar");
        for (int i = 0; i < shares.shares().size(); i++) {
            double share = shares.total() > 0 ? shares.shares().get(i).amount() / shares.total() : 0;
            page.open("i", "class", "c" + i, "style", String.format(Locale.ROOT, "width:%.2f%%", 100 * share)).close();
        }
        page.close().open("ul", "class", "legend");
        for (int i = 0; i < shares.shares().size(); i++) {
            Block.Share share = shares.shares().get(i);
            page.open("li", "class", "box c" + i).open("i").close().text(share.name() + " " + share.label()).close();
        }
        page.close().close();
    }

    private void write(Block.Prompt prompt) {
        page.open("div", "class", "prompt").element("p", prompt.text(), "class", "asked", "dir", "auto").newline();
        page.open("ol");
        for (Block.Answer answer : prompt.answers()) {
            page.open("li", "class", answer.right() ? "right" : "wrong");
            page.element("span", answer.when(), "class", "when");
            page.element("span", answer.text(), "class", "said", "dir", "auto");
            page.element("span", answer.right() ? "✓" : "", "class", "mark").close().newline();
        }
        page.close().close().newline();
    }
}
