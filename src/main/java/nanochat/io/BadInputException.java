package nanochat.io;

import java.util.Objects;

/// Something the user gave (a file, an option, a request) is wrong. The message says what was wrong, where, and what to do; the
/// command line prints it without a stack trace and exits non-zero.
public final class BadInputException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public BadInputException(String message) {
        super(message);
    }

    public BadInputException(String message, Throwable cause) {
        super(message, cause);
    }

    /// Never absent, unlike that of other exceptions.
    @Override
    public String getMessage() {
        return Objects.requireNonNull(super.getMessage());
    }
}
