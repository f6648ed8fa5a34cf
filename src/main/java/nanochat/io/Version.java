package nanochat.io;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// Which nanochat4j this is.
///
/// @param number the version of the jar, `development` when run from class files
/// @param commit the commit of the sources, with `-dirty` after it when they were changed since; known when the launcher started the
///     program from a git checkout
public record Version(String number, Optional<String> commit) {
    /// The system property by which the launcher tells where the sources are.
    public static final String HOME_PROPERTY = "nanochat.home";

    /// Asks the jar's manifest and git; takes some milliseconds.
    public static Version current() {
        String number = Version.class.getPackage().getImplementationVersion();
        return new Version(number == null ? "development" : number, Optional.ofNullable(System.getProperty(HOME_PROPERTY)).flatMap(
                Version::describe));
    }

    private static Optional<String> describe(String sources) {
        try {
            Process git = new ProcessBuilder("git", "-C", sources, "describe", "--always", "--dirty", "--abbrev=10", "--exclude=*")
                    .redirectError(ProcessBuilder.Redirect.DISCARD).start();
            String commit = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return git.waitFor(10, TimeUnit.SECONDS) && git.exitValue() == 0 ? Optional.of(commit) : Optional.empty();
        } catch (IOException noGit) {
            return Optional.empty();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    @Override
    public String toString() {
        return commit.map(hash -> number + " (" + hash + ")").orElse(number);
    }
}
