package nanochat.serve;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import nanochat.io.Json;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/// An answer as server-sent events to one client. Whoever has one sends it and waits for nothing: what the client does not take at once goes out when it does, and until
/// then waits here, in bounded memory. For any threads.
final class AnswerStream {
    /// Bytes that wait; a client that is so far behind is given up.
    private static final int MOST_UNSENT = 4 << 20;
    /// Tokens that come sooner after others wait for the next one: nobody reads faster, and every sending costs as much as it takes to make some tokens.
    private static final long PAUSE_NANOSECONDS = 40_000_000;

    private final Response response;
    private final Runnable whenBroken;
    private final Callback whenSent = new WhenSent();
    private final ByteArrayOutputStream unsent = new ByteArrayOutputStream();
    private boolean sending;
    private long lastSent = System.nanoTime() - PAUSE_NANOSECONDS;
    private Optional<IOException> problem = Optional.empty();

    /// @param whenBroken called when nothing can be sent any more, perhaps on the thread that sends
    AnswerStream(HttpServletRequest request, HttpServletResponse head, Runnable whenBroken) {
        head.setStatus(200);
        head.setContentType("text/event-stream; charset=utf-8");
        head.setHeader("X-Accel-Buffering", "no");
        this.response = ServletContextRequest.getServletContextRequest(request).getServletContextResponse();
        this.whenBroken = whenBroken;
    }

    /// One event with JSON.
    void send(Object data) {
        write(event(data), true);
    }

    /// One event with JSON, to which others will follow soon: it may wait for them.
    void sendSoon(Object data) {
        write(event(data), false);
    }

    /// Something that clients pass over, if there was nothing else in this time: it shows whether this one is still there.
    void showLife(Duration silence) {
        if (System.nanoTime() - lastSent() >= silence.toNanos()) {
            write(": waiting\n\n", true);
        }
    }

    /// An error after the stream has begun, which ends it.
    void fail(ApiError error) {
        write("data: " + error.json() + "\n\n", true);
    }

    /// What OpenAI's streams end with.
    ///
    /// @param last an event before that
    void end(Optional<Object> last) {
        write(last.map(AnswerStream::event).orElse("") + "data: [DONE]\n\n", true);
    }

    private static String event(Object data) {
        return "data: " + Json.line(data) + "\n\n";
    }

    private void write(String text, boolean now) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        Optional<byte[]> sent = Optional.empty();
        boolean broken = false;
        synchronized (this) {
            if (problem.isPresent() || unsent.size() + bytes.length > MOST_UNSENT) {
                breakOff(new IOException("the client does not read"));
                broken = true;
            } else {
                unsent.writeBytes(bytes);
                if (!sending && (now || System.nanoTime() - lastSent >= PAUSE_NANOSECONDS)) {
                    sent = Optional.of(next());
                }
            }
        }
        sent.ifPresent(all -> response.write(false, ByteBuffer.wrap(all), whenSent));
        if (broken) {
            whenBroken.run();
        }
    }

    private synchronized long lastSent() {
        return lastSent;
    }

    /// @throws IOException when the client has left, has not read for too long, or is too far behind
    synchronized void check() throws IOException {
        if (problem.isPresent()) {
            throw new IOException(problem.get());
        }
    }

    /// Waits until everything has been sent.
    ///
    /// @throws IOException as [#check] does
    synchronized void awaitSent() throws IOException, InterruptedException {
        while (sending && problem.isEmpty()) {
            wait();
        }
        check();
    }

    /// What is left to be sent now; nothing when that is all.
    private synchronized byte[] next() {
        byte[] next = unsent.toByteArray();
        unsent.reset();
        sending = next.length > 0;
        if (sending) {
            lastSent = System.nanoTime();
        }
        notifyAll();
        return next;
    }

    private synchronized void breakOff(Throwable cause) {
        problem = problem.or(() -> Optional.of(new IOException(cause)));
        sending = false;
        unsent.reset();
        notifyAll();
    }

    private final class WhenSent implements Callback {
        @Override
        public void succeeded() {
            byte[] next = next();
            if (next.length > 0) {
                response.write(false, ByteBuffer.wrap(next), this);
            }
        }

        @Override
        public void failed(Throwable cause) {
            breakOff(cause);
            whenBroken.run();
        }

        @Override
        public InvocationType getInvocationType() {
            return InvocationType.NON_BLOCKING;
        }
    }
}
