package nanochat.data;

import java.util.Optional;

/// Reads the documents of one epoch in order. Not for use by two threads at once.
public interface DocumentReader extends AutoCloseable {
    /// The next document, or nothing at the end of the epoch.
    ///
    /// @throws nanochat.io.BadInputException when the file under way cannot be read as what its name says it is; the message names the
    /// file and the line, byte or row group
    Optional<Document> next();

    /// Where a reader must start to deliver what this one has not delivered yet.
    DocumentPosition position();

    @Override
    void close();
}
