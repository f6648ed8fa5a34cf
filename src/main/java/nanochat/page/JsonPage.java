package nanochat.page;

import java.util.List;
import nanochat.io.Json;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A document as JSON, for scripts that show it: every block is an object whose `kind` says which it is. Where something lies in a picture is told as a
/// share of its width or height, what is behind it by the same names as the classes of [HtmlPage].
public final class JsonPage {
    private JsonPage() {
    }

    public static ObjectNode of(Document document) {
        ObjectNode page = Json.LINE.createObjectNode();
        page.put("kind", document.kind()).put("language", document.language()).put("title", document.title()).put("lead", document.lead());
        ArrayNode figures = page.putArray("figures");
        document.figures().forEach(figure -> figures.addObject().put("value", figure.value()).put("label", figure.label()));
        ArrayNode sections = page.putArray("sections");
        for (Document.Section section : document.sections()) {
            ArrayNode blocks = sections.addObject().put("title", section.title()).putArray("blocks");
            section.blocks().forEach(block -> blocks.add(block(block)));
        }
        return page.put("foot", document.foot());
    }

    private static ObjectNode block(Block block) {
        return switch (block) {
            case Block.Paragraph paragraph -> kind("paragraph").put("text", paragraph.text());
            case Block.Facts facts -> facts(facts);
            case Block.Table table -> table(table);
            case Block.Charts charts -> {
                ObjectNode node = kind("charts");
                ArrayNode all = node.putArray("charts");
                charts.charts().forEach(chart -> write(all.addObject(), chart));
                yield node;
            }
            case Block.Shares shares -> shares(shares);
            case Block.Samples samples -> samples(samples);
            case Block.Cells cells -> {
                ObjectNode node = kind("cells").put("title", cells.title());
                ArrayNode all = node.putArray("cells");
                cells.cells().forEach(cell -> all.addObject().put("text", cell.text()).put("note", cell.note())
                        .put("ground", PictureMarkup.style(cell.ground())));
                yield node;
            }
            case Block.Lanes lanes -> lanes(lanes);
            case Block.HeatMap map -> {
                ObjectNode node = kind("heat-map").put("title", map.title());
                strings(node.putArray("rows"), map.rows());
                strings(node.putArray("columns"), map.columns());
                ArrayNode shares = node.putArray("shares");
                map.shares().forEach(row -> row.forEach(shares.addArray()::add));
                yield node;
            }
            case Block.Check check -> kind("check").put("text", check.statement()).put("holds", check.holds());
            case Block.Excerpt excerpt -> kind("excerpt").put("place", excerpt.place()).put("code", excerpt.code());
            case Block.Commands commands -> {
                ObjectNode node = kind("commands");
                strings(node.putArray("lines"), commands.lines());
                yield node;
            }
        };
    }

    private static ObjectNode kind(String kind) {
        return Json.LINE.createObjectNode().put("kind", kind);
    }

    private static void strings(ArrayNode array, List<String> strings) {
        strings.forEach(array::add);
    }

    private static ObjectNode facts(Block.Facts facts) {
        ObjectNode node = kind("facts").put("title", facts.title());
        ArrayNode all = node.putArray("facts");
        facts.facts().forEach(fact -> all.addObject().put("name", fact.name()).put("value", fact.value()));
        return node;
    }

    private static ObjectNode table(Block.Table table) {
        ObjectNode node = kind("table").put("title", table.title());
        strings(node.putArray("header"), table.header());
        ArrayNode rows = node.putArray("rows");
        table.rows().forEach(row -> strings(rows.addArray(), row));
        return node;
    }

    private static ObjectNode shares(Block.Shares shares) {
        ObjectNode node = kind("shares").put("title", shares.title());
        ArrayNode all = node.putArray("shares");
        shares.shares().forEach(share -> all.addObject().put("name", share.name()).put("label", share.label())
                .put("share", shares.total() > 0 ? share.amount() / shares.total() : 0));
        return node;
    }

    private static ObjectNode lanes(Block.Lanes lanes) {
        ObjectNode node = kind("lanes").put("title", lanes.title()).put("length", Words.significant(lanes.length()))
                .put("unit", lanes.unit());
        ArrayNode all = node.putArray("lanes");
        for (Block.Lane lane : lanes.lanes()) {
            ArrayNode stretches = all.addObject().put("name", lane.name()).putArray("stretches");
            lane.stretches().forEach(stretch -> stretches.addObject().put("start", stretch.start() / lanes.length())
                    .put("end", stretch.end() / lanes.length()).put("label", stretch.label())
                    .put("ground", PictureMarkup.style(stretch.ground())));
        }
        return node;
    }

    private static ObjectNode samples(Block.Samples samples) {
        ObjectNode node = kind("samples");
        ArrayNode prompts = node.putArray("prompts");
        for (Block.Prompt prompt : samples.prompts()) {
            ArrayNode answers = prompts.addObject().put("text", prompt.text()).putArray("answers");
            prompt.answers().forEach(answer -> answers.addObject().put("when", answer.when()).put("text", answer.text())
                    .put("right", answer.right()));
        }
        return node;
    }

    private static void write(ObjectNode node, Chart chart) {
        node.put("title", chart.title()).put("unit", chart.unit());
        ticks(node.putArray("x"), chart.steps());
        ticks(node.putArray("y"), chart.values());
        ArrayNode series = node.putArray("series");
        for (Chart.Series each : chart.series()) {
            ArrayNode points = series.addObject().put("name", each.name()).put("style", switch (each.style()) {
                case LINE -> "line";
                case FAINT -> "faint";
                case DOTS -> "dots";
            }).putArray("points");
            each.points().forEach(point -> points.addArray().add(chart.steps().fraction(point.x())).add(chart.values().fraction(point.y()))
                    .add(Words.significant(point.x())).add(Words.significant(point.y())));
        }
    }

    private static void ticks(ArrayNode array, Axis axis) {
        axis.ticks().forEach(tick -> array.addObject().put("at", axis.fraction(tick.value())).put("label", tick.label()));
    }
}
