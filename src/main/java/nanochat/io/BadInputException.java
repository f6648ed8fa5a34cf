package nanochat.io;

import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;

/// Something the user gave (a file, an option, a request) is wrong. The message says what was wrong, where, and what to do; the
/// command line prints it without a stack trace and exits non-zero.
public class BadInputException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Function<Function<Setting, String>, String> words;

    public BadInputException(String message) {
        super(message);
        words = _ -> message;
    }

    public BadInputException(String message, Throwable cause) {
        super(message, cause);
        words = _ -> message;
    }

    private BadInputException(Function<Function<Setting, String>, String> words) {
        super(words.apply(Setting::name));
        this.words = words;
    }

    /// Settings that are wrong, or do not fit together.
    ///
    /// @param format as [String#format] takes it, with `%s` for a setting
    /// @param arguments what it is filled with; among them every [Setting] that the message names
    public static BadInputException about(String format, Object... arguments) {
        return new BadInputException(names -> String.format(Locale.ROOT, format, Stream.of(arguments)
                .map(argument -> argument instanceof Setting setting ? names.apply(setting) : argument).toArray()));
    }

    /// Never absent, unlike that of other exceptions. Settings have the names under which a run keeps them.
    @Override
    public String getMessage() {
        return Objects.requireNonNull(super.getMessage());
    }

    /// The message, with these names for settings.
    public String message(Function<Setting, String> names) {
        return words.apply(names);
    }
}
