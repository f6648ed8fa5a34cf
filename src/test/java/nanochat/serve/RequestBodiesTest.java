package nanochat.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// Oracle: the bytes that were sent, and counting.
class RequestBodiesTest {
    private static final int MOST = 1 << 20;

    private static InputStream bytes(int count) {
        return new ByteArrayInputStream(new byte[count]);
    }

    private static int length(RequestBodies bodies, int count, long announced) throws IOException {
        return bodies.read(bytes(count), announced, body -> body.length);
    }

    @Test
    void aBodyUpToTheLimitIsRead() throws IOException {
        RequestBodies bodies = new RequestBodies(MOST);
        for (int count : new int[]{0, 1, 100_000, MOST}) {
            assertThat(length(bodies, count, count)).isEqualTo(count);
            assertThat(length(bodies, count, -1)).isEqualTo(count);
        }
        assertThat(catchThrowableOfType(ApiException.class, () -> length(bodies, MOST + 1, -1)).status()).isEqualTo(413);
        assertThat(catchThrowableOfType(ApiException.class, () -> length(bodies, 10, MOST + 1)).status()).isEqualTo(413);
    }

    @Test
    void aBodyThatTricklesIsGivenUp() {
        InputStream trickle = new InputStream() {
            @Override
            public int read() {
                return 0;
            }

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                try {
                    Thread.sleep(5);
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                return 1;
            }
        };
        RequestBodies bodies = new RequestBodies(MOST, Duration.ofMillis(50), 10);
        assertThat(catchThrowableOfType(ApiException.class, () -> bodies.read(trickle, -1, body -> body.length)).status()).isEqualTo(408);
    }

    @Test
    void longBodiesTakeTurnsAndShortOnesAreAlwaysRead() throws IOException {
        RequestBodies bodies = new RequestBodies(MOST, Duration.ofMinutes(1), 10); // 10 times 64 KiB beside the first of each
        int seen = bodies.read(bytes(600_000), -1, first -> {
            ApiException busy = catchThrowableOfType(ApiException.class, () -> length(bodies, 600_000, -1));
            assertThat(busy.status()).isEqualTo(429);
            assertThat(busy.retryAfterSeconds()).hasValue(1);
            try {
                return first.length + length(bodies, 60_000, -1);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        assertThat(seen).isEqualTo(660_000);
        assertThat(length(bodies, 600_000, -1)).as("there is room again").isEqualTo(600_000);
    }
}
