package nanochat.data;

import java.util.Iterator;
import java.util.Optional;
import java.util.stream.Stream;

/// Reads the documents of one epoch in order. Not for use by two threads at once.
public interface DocumentReader extends AutoCloseable {
    /// The next document, or nothing at the end of the epoch.
    ///
    /// @throws nanochat.io.BadInputException when the file under way cannot be read as what its name says it is; the message names the
    /// file and the line, byte or row group
    Optional<Document> next();

    /// The texts of the documents still to come, in order, for readers that need no positions.
    default Iterator<String> texts() {
        return Stream.generate(this::next).takeWhile(Optional::isPresent).map(document -> document.orElseThrow().text()).iterator();
    }

    /// Where a reader must start to deliver what this one has not delivered yet.
    DocumentPosition position();

    @Override
    void close();
}
