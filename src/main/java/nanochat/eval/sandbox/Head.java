package nanochat.eval.sandbox;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/// The beginning of what a process writes. All of it is read, so that the process is never held up, but no more than so much is kept.
final class Head {
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private final Thread reader;

    /// Begins to read in a thread of its own.
    Head(InputStream in, int limit) {
        reader = Thread.ofVirtual().start(() -> read(in, limit));
    }

    private void read(InputStream in, int limit) {
        byte[] buffer = new byte[8192];
        try (in) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                kept.write(buffer, 0, Math.min(read, limit - kept.size()));
            }
        } catch (IOException closed) {
            // the process is gone, and with it what it had not written
            return;
        }
    }

    /// Waits for the end and gives what is kept.
    String text() throws InterruptedException {
        reader.join();
        return kept.toString(StandardCharsets.UTF_8);
    }
}
