package nanochat.data;

/// Steps through the documents of one open file. Passing over a document is much cheaper than reading its text.
sealed interface DocumentCursor extends AutoCloseable permits TextCursor, JsonLinesCursor, ParquetCursor {
    /// Steps to the next document; false at the end of the file.
    ///
    /// @throws DamageException when there is no getting to it
    boolean advance() throws DamageException;

    /// Where the document stepped to starts, see [DocumentPosition#offset()].
    long offset();

    /// The offset from which [#advance()] goes on.
    long end();

    /// Goes to an offset that [#offset()] or [#end()] gave before: the next [#advance()] starts there.
    void seek(long offset) throws DamageException;

    /// The text of the document stepped to.
    ///
    /// @throws DamageException when it cannot be read
    String text() throws DamageException;

    @Override
    void close();
}
