package nanochat.task;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A source of conversations and how many times it is gone through: `mmlu:3`. A file may be called so; then it is that file, once.
///
/// @param times 0 to 999
public record Repeated(String name, int times) {
    private static final Pattern REPEATED = Pattern.compile("(.+):(\\d{1,3})");

    public static Repeated of(String written) {
        Matcher repeated = REPEATED.matcher(written);
        return repeated.matches() && !Files.exists(Path.of(written))
                ? new Repeated(repeated.group(1), Integer.parseInt(repeated.group(2)))
                : new Repeated(written, 1);
    }
}
