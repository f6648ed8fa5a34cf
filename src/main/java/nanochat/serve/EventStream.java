package nanochat.serve;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import nanochat.io.Json;

/// Server-sent events to one client, by a thread of its own that waits for it ([AnswerStream] does not). Everything is flushed at once; an [IOException] says that the client has left, or has not read for too long.
final class EventStream {
    private final OutputStream out;

    EventStream(HttpServletResponse response) throws IOException {
        response.setStatus(200);
        response.setContentType("text/event-stream; charset=utf-8");
        response.setHeader("X-Accel-Buffering", "no");
        this.out = response.getOutputStream();
    }

    /// One event with JSON.
    void send(Object data) throws IOException {
        write("data: " + Json.line(data) + "\n\n");
    }

    /// Something that clients pass over: it shows whether this one is still there.
    void comment() throws IOException {
        write(": waiting\n\n");
    }

    /// What OpenAI's streams end with.
    void done() throws IOException {
        write("data: [DONE]\n\n");
        out.close();
    }

    private void write(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }
}
