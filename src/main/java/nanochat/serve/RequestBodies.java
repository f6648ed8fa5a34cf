package nanochat.serve;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.function.Function;

/// Reads the bodies of requests: none that is too long, none that trickles, and not too many long ones at once.
final class RequestBodies {
    /// For a whole body; where nothing comes at all the connection is closed before.
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    /// Bytes of a body that is refused: a client reads no answer while it is sending, so what is not much too long is let come to its end.
    private static final int MOST_PASSED_OVER = 16 << 20;
    /// Bytes that are always read, and by which room is taken for more.
    private static final int PIECE = 64 << 10;
    /// Pieces of all bodies that are held at once.
    private static final int MOST_PIECES = 1024;

    private final int most;
    private final Duration patience;
    private final Semaphore room;

    /// @param most bytes of one body
    RequestBodies(int most) {
        this(most, PATIENCE, MOST_PIECES);
    }

    RequestBodies(int most, Duration patience, int pieces) {
        this.most = most;
        this.patience = patience;
        this.room = new Semaphore(pieces);
    }

    /// What is made of a body, which is held until then.
    ///
    /// @param length that its sender announced, or -1
    /// @throws ApiException when it is refused
    <T> T read(InputStream in, long length, Function<byte[], T> use) throws IOException {
        long end = System.nanoTime() + patience.toNanos();
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        byte[] buffer = new byte[PIECE / 4];
        int pieces = 0;
        try {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                checkTime(end);
                if (length > most || body.size() + read > most) {
                    passOver(in, end);
                    throw ApiException.refused(413, "body_too_large", "The body has more than " + most + " bytes.");
                }
                body.write(buffer, 0, read);
                for (; body.size() > (pieces + 1) * PIECE; pieces++) {
                    if (!room.tryAcquire()) {
                        passOver(in, end);
                        throw ApiException.busy(1);
                    }
                }
            }
            return use.apply(body.toByteArray());
        } finally {
            room.release(pieces);
        }
    }

    private static void passOver(InputStream in, long end) throws IOException {
        byte[] buffer = new byte[PIECE / 4];
        int left = MOST_PASSED_OVER;
        for (int read = in.read(buffer); read >= 0 && left > 0; read = in.read(buffer)) {
            checkTime(end);
            left -= read;
        }
    }

    private static void checkTime(long end) {
        if (System.nanoTime() > end) {
            throw ApiException.refused(408, "request_timeout", "The body took too long to come.");
        }
    }
}
