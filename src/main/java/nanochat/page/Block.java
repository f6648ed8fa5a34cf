package nanochat.page;

import java.util.List;

/// A part of a document, told apart from how it looks: [HtmlPage], [MarkdownPage] and [TerminalPage] each know how to show every kind. All strings are plain
/// text, some of it made by models or typed by users: escaping is up to the pages.
public sealed interface Block {
    /// A paragraph of prose.
    record Paragraph(String text) implements Block {}

    /// Names and what they stand for.
    record Facts(String title, List<Fact> facts) implements Block {
        public Facts {
            facts = List.copyOf(facts);
        }
    }

    /// One of [Facts].
    record Fact(String name, String value) {}

    /// A table: the first column says what a row is about, the others hold numbers.
    ///
    /// @param header a name per column
    /// @param rows each with a cell per column
    record Table(String title, List<String> header, List<List<String>> rows) implements Block {
        public Table {
            header = List.copyOf(header);
            rows = rows.stream().map(List::copyOf).toList();
            for (List<String> row : rows) {
                if (row.size() != header.size()) {
                    throw new IllegalArgumentException("A row of " + row.size() + " cells under " + header.size() + " columns: " + row);
                }
            }
        }
    }

    /// Curves side by side where there is room.
    record Charts(List<Chart> charts) implements Block {
        public Charts {
            charts = List.copyOf(charts);
        }
    }

    /// How a whole divides, as a bar.
    record Shares(String title, List<Share> shares) implements Block {
        public Shares {
            shares = List.copyOf(shares);
        }

        double total() {
            return shares.stream().mapToDouble(Share::amount).sum();
        }
    }

    /// One of [Shares].
    ///
    /// @param label the amount to read
    record Share(String name, double amount, String label) {}

    /// What a model said over time.
    record Samples(List<Prompt> prompts) implements Block {
        public Samples {
            prompts = List.copyOf(prompts);
        }
    }

    /// A text to complete and what became of it.
    record Prompt(String text, List<Answer> answers) {
        public Prompt {
            answers = List.copyOf(answers);
        }
    }

    /// @param when it was given
    /// @param right whether it is the right one
    record Answer(String when, String text, boolean right) {}

    /// What is behind a piece of a picture, or how much of it there is.
    sealed interface Ground {
        /// Nothing.
        record Plain() implements Ground {}

        /// Of the same kind as others of that number; 0, 1, 2, ... have colours of their own, which begin again after the last.
        record Group(int number) implements Ground {}

        /// A part of what could be, from 0 to 1.
        record Share(double value) implements Ground {}

        /// What is not there: left out, cut off, unseen.
        record Gone() implements Ground {}
    }

    /// Short texts side by side, such as the tokens of a sentence.
    record Cells(String title, List<Cell> cells) implements Block {
        public Cells {
            cells = List.copyOf(cells);
        }
    }

    /// One of [Cells].
    ///
    /// @param note beneath it, or nothing
    record Cell(String text, String note, Ground ground) {}

    /// Lanes under each other along one axis: documents in rows, work over time.
    ///
    /// @param length of the axis, from 0
    record Lanes(String title, double length, String unit, List<Lane> lanes) implements Block {
        public Lanes {
            lanes = List.copyOf(lanes);
        }
    }

    /// One of [Lanes].
    record Lane(String name, List<Stretch> stretches) {
        public Lane {
            stretches = List.copyOf(stretches);
        }
    }

    /// A part of a [Lane].
    record Stretch(double start, double end, String label, Ground ground) {}

    /// A matrix as shades.
    ///
    /// @param shares by row and column, from 0 to 1
    record HeatMap(String title, List<String> rows, List<String> columns, List<List<Double>> shares) implements Block {
        public HeatMap {
            rows = List.copyOf(rows);
            columns = List.copyOf(columns);
            shares = shares.stream().map(List::copyOf).toList();
            for (List<Double> row : shares) {
                if (shares.size() != rows.size() || row.size() != columns.size()) {
                    throw new IllegalArgumentException("A heat map of " + rows.size() + " x " + columns.size() + " needs as many shares");
                }
            }
        }
    }

    /// A statement, and whether it turned out to hold when the document was made.
    record Check(String statement, boolean holds) implements Block {}

    /// Lines of the program's own source.
    ///
    /// @param place the file and the line it begins at, such as `src/main/java/nanochat/model/Gpt.java:72`
    record Excerpt(String place, String code) implements Block {}

    /// What to type at a terminal.
    record Commands(List<String> lines) implements Block {
        public Commands {
            lines = List.copyOf(lines);
        }
    }
}
