package nanochat.report;

import java.util.List;

/// A report before it is a page.
///
/// @param lead what it is about, in a sentence or two
/// @param figures the few numbers that matter most
/// @param foot where all this comes from
record Document(String title, String lead, List<Figure> figures, List<Section> sections, String foot) {
    Document {
        figures = List.copyOf(figures);
        sections = List.copyOf(sections);
    }

    /// A number and what it says.
    record Figure(String value, String label) {}

    /// A heading and what stands under it.
    record Section(String title, List<Block> blocks) {
        Section {
            blocks = List.copyOf(blocks);
        }
    }
}
