package nanochat.data.corpus;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// The text files of the corpus, `/nanochat/corpus/*`. Blank lines and lines that start with `#` are for the reader of the file.
final class Resource {
    private Resource() {
    }

    /// The lines of a file that say something, without surrounding space.
    static List<String> lines(String file) {
        try (InputStream in = Resource.class.getResourceAsStream("/nanochat/corpus/" + file)) {
            if (in == null) {
                throw new IllegalStateException("the jar lacks the corpus file " + file);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().map(String::strip)
                    .filter(line -> !line.isEmpty() && !line.startsWith("#")).toList();
        } catch (IOException e) {
            throw new UncheckedIOException("corpus file " + file, e);
        }
    }
}
