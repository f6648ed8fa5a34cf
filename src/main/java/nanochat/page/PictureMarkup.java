package nanochat.page;

import java.util.List;
import java.util.Locale;

/// Cells, lanes and heat maps as HTML. What lies where is in attributes of SVG, not in styles, so a page needs no style but its own sheet.
final class PictureMarkup {
    private static final int GROUPS = 6;
    private static final int LANE_HEIGHT = 34;
    private static final int LANES_WIDE = 1000;
    /// An average character of a label, in the units of [#LANES_WIDE].
    private static final int CHARACTER = 12;
    private static final int SQUARE = 24;

    private PictureMarkup() {
    }

    static void write(Markup page, Block.Cells cells) {
        title(page, cells.title());
        page.open("ol", "class", "cells");
        for (Block.Cell cell : cells.cells()) {
            page.open("li");
            page.open("span", "class", "cell " + style(cell.ground())).element("span", cell.text(), "dir", "auto").close();
            if (!cell.note().isEmpty()) {
                page.element("small", cell.note());
            }
            page.close().newline();
        }
        page.close().close();
    }

    static void write(Markup page, Block.Lanes lanes) {
        title(page, lanes.title());
        for (Block.Lane lane : lanes.lanes()) {
            page.open("div", "class", "lane").element("span", lane.name(), "class", "name");
            page.open("svg", "viewBox", "0 0 " + LANES_WIDE + " " + LANE_HEIGHT, "preserveAspectRatio", "none", "role", "img", "aria-label",
                    spoken(lane));
            for (Block.Stretch stretch : lane.stretches()) {
                double x = LANES_WIDE * stretch.start() / lanes.length();
                double wide = LANES_WIDE * (stretch.end() - stretch.start()) / lanes.length();
                page.open("rect", "class", style(stretch.ground()), "x", tenths(x), "y", "1", "width", tenths(Math.max(1, wide - 2)),
                        "height",
                        String.valueOf(LANE_HEIGHT - 2), "rx", "3").element("title", stretch.label()).close();
                if (stretch.label().length() * CHARACTER < wide) {
                    page.element("text", stretch.label(), "x", tenths(x + wide / 2), "y", String.valueOf(LANE_HEIGHT / 2));
                }
            }
            page.close().close().newline();
        }
        page.element("p", "0 – " + Words.significant(lanes.length()) + " " + lanes.unit(), "class", "axis").close();
    }

    private static String spoken(Block.Lane lane) {
        return lane.name() + ": " + String.join(", ", lane.stretches().stream().map(Block.Stretch::label).toList());
    }

    static void write(Markup page, Block.HeatMap map) {
        title(page, map.title());
        int left = SQUARE / 2 + 11 * longest(map.rows());
        int top = SQUARE / 2 + 11 * longest(map.columns());
        int wide = left + SQUARE * map.columns().size();
        int high = top + SQUARE * map.rows().size();
        page.open("div", "class", "scroll", "tabindex", "0");
        page.open("svg", "class", "heat", "viewBox", "0 0 " + wide + " " + high, "width", String.valueOf(wide), "height", String.valueOf(
                high),
                "role", "img", "aria-label", map.title());
        for (int column = 0; column < map.columns().size(); column++) {
            int x = left + SQUARE * column + SQUARE / 2;
            page.element("text", map.columns().get(column), "class", "column", "transform",
                    "translate(" + x + " " + (top - 6) + ") rotate(-90)");
        }
        for (int row = 0; row < map.rows().size(); row++) {
            int y = top + SQUARE * row;
            page.element("text", map.rows().get(row), "class", "row", "x", String.valueOf(left - 6), "y", String.valueOf(y + SQUARE / 2));
            List<Double> shares = map.shares().get(row);
            for (int column = 0; column < shares.size(); column++) {
                double share = shares.get(column);
                page.open("rect", "x", String.valueOf(left + SQUARE * column + 1), "y", String.valueOf(y + 1), "width", String.valueOf(
                        SQUARE - 2),
                        "height", String.valueOf(SQUARE - 2), "fill-opacity", String.format(Locale.ROOT, "%.3f", Math.clamp(share, 0, 1)));
                page.element("title", map.rows().get(row) + " · " + map.columns().get(column) + ": " + Words.decimals(share, 3)).close();
            }
            page.newline();
        }
        page.close().close().close();
    }

    private static int longest(List<String> names) {
        return names.stream().mapToInt(TextWidth::of).max().orElse(0);
    }

    private static void title(Markup page, String title) {
        page.open("div", "class", "block").element("h3", title).newline();
    }

    /// The class of what has this behind it.
    static String style(Block.Ground ground) {
        return switch (ground) {
            case Block.Ground.Plain _ -> "plain";
            case Block.Ground.Group group -> "g" + group.number() % GROUPS;
            case Block.Ground.Share share -> "s" + Math.clamp(Math.round(10 * share.value()), 0, 10);
            case Block.Ground.Gone _ -> "gone";
        };
    }

    private static String tenths(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }
}
