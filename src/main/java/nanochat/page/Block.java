package nanochat.page;

import java.util.List;

/// A part of a document, told apart from how it looks: [HtmlPage] and [MarkdownPage] each know how to show every kind. All strings are plain
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
}
