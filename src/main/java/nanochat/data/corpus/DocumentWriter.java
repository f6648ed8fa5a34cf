package nanochat.data.corpus;

/// Writes documents of one kind.
@FunctionalInterface
interface DocumentWriter {
    /// Appends one document, every choice in it drawn from `draw`.
    void write(Draw draw, StringBuilder out);
}
