package nanochat.bench;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import nanochat.data.Document;
import nanochat.data.DocumentReader;
import nanochat.data.DocumentSource;
import nanochat.data.Share;
import nanochat.data.corpus.Split;

/// How fast training documents are read, on one thread: from the disk (or the page cache) to strings.
///
/// @param documents read
/// @param textMb megabytes (10^6 bytes of UTF-8) in them
/// @param seconds taken
/// @param readMbPerSecond the one by the other
public record DataBenchmark(long documents, double textMb, double seconds, double readMbPerSecond) {
    /// Reads the training documents once, or as many as can be read in `limit` seconds.
    public static DataBenchmark run(DocumentSource source, double limit) {
        long documents = 0;
        long bytes = 0;
        long start = System.nanoTime();
        double seconds = 0;
        try (DocumentReader reader = source.read(Split.TRAIN, Share.WHOLE, source.start(Split.TRAIN))) {
            Optional<Document> document = reader.next();
            while (document.isPresent() && seconds < limit) {
                documents++;
                bytes += document.get().text().getBytes(StandardCharsets.UTF_8).length;
                document = reader.next();
                seconds = (System.nanoTime() - start) / 1e9;
            }
        }
        return new DataBenchmark(documents, bytes / 1e6, seconds, bytes / 1e6 / seconds);
    }
}
