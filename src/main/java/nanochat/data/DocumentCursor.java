package nanochat.data;

/// Steps through the documents of one open file. Passing over a document is much cheaper than reading its text.
sealed interface DocumentCursor extends AutoCloseable permits TextCursor, JsonLinesCursor, ParquetCursor {
    /// Steps to the next document; false at the end of the file.
    boolean advance();

    /// Where the document stepped to starts, see [DocumentPosition#offset()].
    long offset();

    /// The offset from which [#advance()] goes on.
    long end();

    /// Goes to an offset that [#offset()] or [#end()] gave before: the next [#advance()] starts there.
    void seek(long offset);

    /// The text of the document stepped to.
    String text();

    @Override
    void close();
}
