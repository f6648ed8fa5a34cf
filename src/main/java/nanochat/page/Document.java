package nanochat.page;

import java.util.List;

/// A text with figures before it is a page.
///
/// @param kind what kind of page: `report card`
/// @param language of its words, as HTML names it
/// @param lead what it is about, in a sentence or two
/// @param figures the few numbers that matter most
/// @param foot where all this comes from
public record Document(String kind, String language, String title, String lead, List<Figure> figures, List<Section> sections, String foot) {
    public Document {
        figures = List.copyOf(figures);
        sections = List.copyOf(sections);
    }

    /// A number and what it says.
    public record Figure(String value, String label) {}

    /// A heading and what stands under it.
    public record Section(String title, List<Block> blocks) {
        public Section {
            blocks = List.copyOf(blocks);
        }
    }
}
