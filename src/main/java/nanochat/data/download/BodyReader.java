package nanochat.data.download;

import java.io.IOException;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/// Reads the body of a response piece by piece, never more than one piece ahead, and gives up when none comes for too long: what an input
/// stream of a response cannot do.
final class BodyReader implements Flow.Subscriber<List<ByteBuffer>>, AutoCloseable {
    private sealed interface Event {}

    private record Piece(List<ByteBuffer> buffers) implements Event {}

    private record Failed(Throwable cause) implements Event {}

    private record Complete() implements Event {}

    private final Duration stall;
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final AtomicReference<Flow.Subscription> subscription = new AtomicReference<>();

    /// @param stall the longest silence
    BodyReader(Flow.Publisher<List<ByteBuffer>> body, Duration stall) {
        this.stall = stall;
        body.subscribe(this);
    }

    /// Waits for the next piece.
    ///
    /// @return the piece, or nothing at the end of the body
    /// @throws IOException when the connection ends early, or is silent for too long
    Optional<List<ByteBuffer>> next() throws IOException, InterruptedException {
        return switch (events.poll(stall.toMillis(), TimeUnit.MILLISECONDS)) {
            case Piece(List<ByteBuffer> buffers) -> {
                subscription.get().request(1);
                yield Optional.of(buffers);
            }
            case Complete() -> Optional.empty();
            case Failed(Throwable cause) -> throw new IOException(describe(cause), cause);
            case null -> throw new HttpTimeoutException("no byte came for " + stall.toSeconds() + " s");
        };
    }

    /// What went wrong, also where the exception itself does not say. What a server sent may be quoted in it: nothing that controls a terminal.
    static String describe(Throwable cause) {
        return (cause.getMessage() == null ? cause.toString() : cause.getMessage()).replaceAll("\\p{Cntrl}", "?");
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        subscription.set(given);
        given.request(1);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        events.add(new Piece(buffers));
    }

    @Override
    public void onError(Throwable cause) {
        events.add(new Failed(cause));
    }

    @Override
    public void onComplete() {
        events.add(new Complete());
    }

    /// Ends the connection, unless the body was read to its end.
    @Override
    public void close() {
        Flow.Subscription given = subscription.get();
        if (given != null) {
            given.cancel();
        }
    }
}
