package nanochat.bench;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import tools.jackson.core.JacksonException;

/// One client of a server of completions: a connection of HTTP/1.1 that is kept from request to request, answers read as they stream. It waits for nothing:
/// one thread has many of them and asks a [Selector] which ones have something to read, so that they cost little beside the server that is measured.
final class StreamingClient implements AutoCloseable {
    private static final String DATA = "data: ";
    private static final String DONE = "[DONE]";
    private static final int CONNECT_MILLISECONDS = 10_000;

    private final URI server;
    private final Optional<String> key;
    private final Selector selector;
    private final Runnable wake;
    private Optional<SocketChannel> connection = Optional.empty();
    private ByteBuffer unsent = ByteBuffer.allocate(0);
    private int mostEvents;
    private ResponseReader response = new ResponseReader(_ -> {});
    private boolean done;
    private boolean left;
    // Of the request under way.
    private long sent;
    private long first;
    private long last;
    private int tokens;
    private int events;

    /// What came of a request. Times are those of [System#nanoTime].
    ///
    /// @param sent when it was sent
    /// @param first when the first event came
    /// @param last when the last one came
    /// @param tokens generated, as the server counts them
    record Answer(long sent, long first, long last, int tokens) {}

    /// What has become of the request under way.
    enum State {
        UNDER_WAY, ANSWERED, LEFT
    }

    /// @param server such as `http://127.0.0.1:8000`
    /// @param key that the server asks for
    /// @param selector that tells when there is something for [#goOn]
    /// @param wake attached to its keys
    StreamingClient(URI server, Optional<String> key, Selector selector, Runnable wake) {
        this.server = server;
        this.key = key;
        this.selector = selector;
        this.wake = wake;
    }

    /// @throws BadInputException when there can be no server of this name
    static void check(URI server) {
        if (!"http".equals(server.getScheme()) || server.getHost() == null) {
            throw new BadInputException("A server to measure has an address such as http://127.0.0.1:8000, not " + server);
        }
    }

    /// Begins to ask for a completion. The client leaves after `most` events.
    void ask(String body, int most) throws IOException {
        byte[] content = body.getBytes(StandardCharsets.UTF_8);
        byte[] head = ("POST /v1/completions HTTP/1.1\r\nHost: " + server.getRawAuthority() + "\r\n"
                + key.map(secret -> "Authorization: Bearer " + secret + "\r\n").orElse("")
                + "Content-Type: application/json\r\nContent-Length: " + content.length + "\r\n\r\n").getBytes(StandardCharsets.UTF_8);
        unsent = ByteBuffer.allocate(head.length + content.length).put(head).put(content).flip();
        mostEvents = most;
        response = new ResponseReader(this::line);
        done = false;
        left = false;
        first = 0;
        last = 0;
        tokens = 0;
        events = 0;
        if (connection.isEmpty()) {
            connection = Optional.of(connect());
        }
        sent = System.nanoTime();
        send(connection.get());
    }

    private SocketChannel connect() throws IOException {
        SocketChannel channel = SocketChannel.open();
        try {
            channel.socket().connect(new InetSocketAddress(server.getHost(), server.getPort() < 0 ? 80 : server.getPort()),
                    CONNECT_MILLISECONDS);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ, wake);
            return channel;
        } catch (IOException refused) {
            channel.close();
            throw refused;
        }
    }

    private void send(SocketChannel channel) throws IOException {
        channel.write(unsent);
        channel.keyFor(selector).interestOps(unsent.hasRemaining() ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ);
    }

    /// Sends and reads what can be.
    ///
    /// @param buffer that anybody may use
    /// @throws IOException when there will be no whole answer: the server refused it, failed, or hung up
    State goOn(ByteBuffer buffer) throws IOException {
        SocketChannel channel = connection.orElseThrow();
        if (unsent.hasRemaining()) {
            send(channel);
        }
        buffer.clear();
        if (channel.read(buffer) < 0) {
            throw new EOFException("the server hung up");
        }
        response.take(buffer.flip());
        if (left) {
            close();
            return State.LEFT;
        }
        if (response.isComplete() && !done) {
            throw new EOFException("the answer ends in the middle");
        }
        return response.isComplete() ? State.ANSWERED : State.UNDER_WAY;
    }

    /// The answer, when it is there.
    Answer answer() {
        return new Answer(sent, first, last, tokens);
    }

    /// When the server was last heard of.
    long lastSign() {
        return Math.max(sent, last);
    }

    /// Signs of life and the empty lines between events are passed over.
    private void line(String line) throws IOException {
        if (!line.startsWith(DATA)) {
            return;
        }
        String data = line.substring(DATA.length());
        if (data.equals(DONE)) {
            done = true;
        } else if (data.startsWith("{\"error\"")) {
            throw new IOException("the stream ended with " + data);
        } else if (data.contains("\"choices\":[]")) {
            tokens = tokens(data);
        } else {
            last = System.nanoTime();
            first = first == 0 ? last : first;
            left |= ++events > mostEvents;
        }
    }

    private static int tokens(String usage) throws IOException {
        try {
            return Json.LINE.readTree(usage).at("/usage/completion_tokens").asInt();
        } catch (JacksonException broken) {
            throw new IOException(broken);
        }
    }

    /// Hangs up.
    @Override
    public void close() throws IOException {
        if (connection.isPresent()) {
            connection.get().close();
            connection = Optional.empty();
        }
    }

    /// Receives the lines of a body, whose bytes are taken as ASCII: only such are looked for.
    @FunctionalInterface
    private interface LineVisitor {
        void visit(String line) throws IOException;
    }

    /// An answer of HTTP/1.1, byte by byte as it comes.
    private static final class ResponseReader {
        private enum Place {
            STATUS, HEAD, BODY, CHUNK_SIZE, CHUNK, CHUNK_END, TRAILER, COMPLETE
        }

        private final LineVisitor lines;
        private final ByteArrayOutputStream line = new ByteArrayOutputStream();
        private Place place = Place.STATUS;
        private String status = "";
        private boolean chunked;
        /// Bytes of the body, or of its chunk, that are to come.
        private long left;

        ResponseReader(LineVisitor lines) {
            this.lines = lines;
        }

        boolean isComplete() {
            return place == Place.COMPLETE;
        }

        void take(ByteBuffer bytes) throws IOException {
            while (bytes.hasRemaining() && place != Place.COMPLETE) {
                byte next = bytes.get();
                boolean inBody = place == Place.BODY || place == Place.CHUNK;
                if (next == '\n') {
                    String whole = line.toString(StandardCharsets.ISO_8859_1);
                    line.reset();
                    if (inBody) {
                        lines.visit(whole);
                    } else {
                        protocolLine(whole);
                    }
                } else if (inBody || next != '\r') {
                    line.write(next);
                }
                if (inBody && --left == 0) {
                    place = chunked ? Place.CHUNK_END : Place.COMPLETE;
                }
            }
        }

        private void protocolLine(String text) throws IOException {
            switch (place) {
                case STATUS -> {
                    status = text;
                    place = Place.HEAD;
                }
                case HEAD -> header(text);
                case CHUNK_SIZE -> {
                    left = Long.parseLong(text.strip(), 16);
                    place = left == 0 ? Place.TRAILER : Place.CHUNK;
                }
                case CHUNK_END -> place = Place.CHUNK_SIZE;
                case TRAILER -> place = text.isEmpty() ? Place.COMPLETE : Place.TRAILER;
                case BODY, CHUNK, COMPLETE -> throw new IllegalStateException("no line of the protocol is expected");
            }
        }

        /// @throws IOException at the end of the head, when the status is not 200
        private void header(String text) throws IOException {
            String lower = text.toLowerCase(java.util.Locale.ROOT);
            chunked |= lower.equals("transfer-encoding: chunked");
            if (lower.startsWith("content-length:")) {
                left = Long.parseLong(lower.substring("content-length:".length()).strip());
            }
            if (text.isEmpty()) {
                if (!status.startsWith("HTTP/1.1 200")) {
                    throw new IOException("the server says " + status.replaceFirst("^HTTP/1.1 ", ""));
                }
                place = chunked ? Place.CHUNK_SIZE : left == 0 ? Place.COMPLETE : Place.BODY;
            }
        }
    }
}
