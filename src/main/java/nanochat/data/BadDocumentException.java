package nanochat.data;

import nanochat.io.BadInputException;

/// A document of the user's files cannot be read. Those before it were, so a run that meets one can be saved; [LoaderState#stoppedAt] makes
/// its state fit the files after they were mended.
public final class BadDocumentException extends BadInputException {
    private static final long serialVersionUID = 1L;

    private final transient DocumentPosition position;

    BadDocumentException(String message, DocumentPosition position, Throwable cause) {
        super(message, cause);
        this.position = position;
    }

    /// Where it stands.
    public DocumentPosition position() {
        return position;
    }
}
