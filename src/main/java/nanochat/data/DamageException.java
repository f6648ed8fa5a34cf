package nanochat.data;

/// A document cannot be read although its file can. What it costs is told with it: the document alone, or more of the file. Checked, so that
/// every reader decides what becomes of it.
final class DamageException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Extent extent;

    /// What cannot be read.
    sealed interface Extent {
        /// One document; the cursor goes on behind it.
        record OneDocument() implements Extent {}

        /// All documents up to an offset.
        ///
        /// @param documents how many
        /// @param goOnAt the offset of the first document after them
        record Documents(long documents, long goOnAt) implements Extent {}

        /// Everything up to the end of the file.
        record RestOfFile() implements Extent {}
    }

    /// @param message what is wrong and where
    DamageException(String message, Extent extent, Throwable cause) {
        super(message, cause);
        this.extent = extent;
    }

    /// Of one document.
    DamageException(String message) {
        super(message);
        extent = new Extent.OneDocument();
    }

    Extent extent() {
        return extent;
    }

    String problem() {
        return String.valueOf(getMessage());
    }
}
