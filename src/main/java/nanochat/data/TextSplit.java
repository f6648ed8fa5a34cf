package nanochat.data;

/// What a document is in a `.txt` file.
public enum TextSplit {
    /// Every passage between blank lines. One longer than 4 KiB (about a thousand tokens) goes on in further documents.
    BLANK_LINES(4 << 10),

    /// The whole file. One longer than 64 KiB goes on in further documents, cut at blank lines. For files that are much longer than a row,
    /// [Packing#STREAM] loses nothing, where [Packing#BESTFIT] would crop most of them.
    FILE(64 << 10);

    private final int longestDocument;

    TextSplit(int longestDocument) {
        this.longestDocument = longestDocument;
    }

    /// In bytes. It keeps memory bounded whatever a file holds, and best-fit packing from cropping most of a long text.
    int longestDocument() {
        return longestDocument;
    }
}
