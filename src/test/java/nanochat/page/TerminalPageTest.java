package nanochat.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import nanochat.page.Block.Cell;
import nanochat.page.Block.Ground;
import nanochat.page.Document.Section;
import org.junit.jupiter.api.Test;

/// By hand: what a person would see.
class TerminalPageTest {
    private static String shown(boolean colours, Block... blocks) {
        return new TerminalPage(colours).of(new Document("kind", "en", "Title", "Lead", List.of(), List.of(new Section("Section",
                List.of(blocks))), "Foot"));
    }

    @Test
    void noLineIsWiderThanTheTerminal() {
        String longWord = "x".repeat(350);
        List<Cell> cells = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            cells.add(new Cell("字" + i, "note" + i, new Ground.Group(i)));
        }
        String page = shown(false, new Block.Paragraph(longWord), new Block.Paragraph("中文".repeat(120)), new Block.Cells("t", cells),
                new Block.Table("t", List.of("a", "b"), List.of(List.of(longWord, "1"))),
                new Block.HeatMap("t", List.of("a"), Collections.nCopies(200, "c"), List.of(Collections.nCopies(200, 0.5))),
                new Block.Lanes("t", 10, "s", List.of(new Block.Lane("lane", List.of(new Block.Stretch(0, 3, longWord, new Ground.Plain()),
                        new Block.Stretch(3, 9, "b", new Ground.Gone()))))));
        assertThat(page.lines()).allMatch(line -> TextWidth.of(line) <= TerminalPage.COLUMNS);
    }

    @Test
    void linesBreakAtSpacesAndBetweenChineseCharactersButNotBeforeTheirMarks() {
        assertThat(TextWidth.wrap("one two three", 7)).containsExactly("one two", "three");
        assertThat(TextWidth.wrap("abcdefghij", 4)).containsExactly("abcd", "efgh", "ij");
        assertThat(TextWidth.wrap("中文字。好", 6)).containsExactly("中文", "字。好");
        assertThat(TextWidth.wrap("", 5)).containsExactly("");
    }

    @Test
    void whatAModelSaysCommandsNothing() {
        assertThat(shown(false, new Block.Paragraph("a\u001B[31mb\u0007"), new Block.Check("c\u001B]0;x", true))).doesNotContain("\u001B",
                "\u0007");
    }

    @Test
    void withoutColoursEverythingIsSaidInCharacters() {
        String page = shown(false, new Block.Check("It holds", true), new Block.Check("It fails", false),
                new Block.Cells("t", List.of(new Cell("a", "", new Ground.Share(0.5)), new Cell("b", "", new Ground.Gone()))));
        assertThat(page).contains("✓ It holds", "✗ It fails", "a'5", "b'-");
    }
}
