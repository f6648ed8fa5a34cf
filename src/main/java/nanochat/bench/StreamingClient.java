package nanochat.bench;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import tools.jackson.core.JacksonException;

/// One client of a server of completions: a connection of HTTP/1.1 that is kept from request to request, answers read as they stream. Made to cost little
/// beside the server that it measures; it understands what a benchmark needs of the protocol.
final class StreamingClient implements AutoCloseable {
    private static final String DATA = "data: ";
    private static final String DONE = "[DONE]";
    private static final int CONNECT_MILLISECONDS = 10_000;
    /// A server that says nothing for so long has failed.
    private static final int SILENCE_MILLISECONDS = 60_000;

    private final URI server;
    private final Optional<String> key;
    private Optional<Connection> connection = Optional.empty();

    /// What came of a request. Times are those of [System#nanoTime].
    ///
    /// @param sent when it was sent
    /// @param first when the first event came
    /// @param last when the last one came
    /// @param tokens generated, as the server counts them
    record Answer(long sent, long first, long last, int tokens) {}

    /// @param server such as `http://127.0.0.1:8000`
    /// @param key that the server asks for
    StreamingClient(URI server, Optional<String> key) {
        this.server = server;
        this.key = key;
        if (!"http".equals(server.getScheme()) || server.getHost() == null) {
            throw new BadInputException("A server to measure has an address such as http://127.0.0.1:8000, not " + server);
        }
    }

    /// Asks for a completion and reads it to its end; or leaves after `mostEvents` events, and then there is no answer.
    ///
    /// @throws IOException when there is no whole answer: the server refused it, failed, or hung up
    Optional<Answer> complete(String body, int mostEvents) throws IOException {
        try {
            Connection open = send("POST", "/v1/completions", body);
            long sent = System.nanoTime();
            open.readHead();
            long first = 0;
            long last = 0;
            int tokens = 0;
            int events = 0;
            while (true) {
                String line = open.readBodyLine();
                if (!line.startsWith(DATA)) {
                    continue; // signs of life, and the empty lines between events
                }
                String data = line.substring(DATA.length());
                if (data.equals(DONE)) {
                    open.readToEnd();
                    return Optional.of(new Answer(sent, first, last, tokens));
                }
                if (data.startsWith("{\"error\"")) {
                    throw new IOException("the stream ended with " + data);
                }
                if (data.contains("\"choices\":[]")) {
                    tokens = Json.LINE.readTree(data).at("/usage/completion_tokens").asInt();
                    continue;
                }
                last = System.nanoTime();
                first = first == 0 ? last : first;
                if (++events > mostEvents) {
                    close();
                    return Optional.empty();
                }
            }
        } catch (IOException | JacksonException broken) {
            close();
            throw broken instanceof IOException plain ? plain : new IOException(broken);
        }
    }

    /// The text at a path. Hangs up afterwards: by the next time the server would have.
    String get(String path) throws IOException {
        try {
            Connection open = send("GET", path, "");
            open.readHead();
            return open.readToEnd();
        } finally {
            close();
        }
    }

    private Connection send(String method, String path, String body) throws IOException {
        Connection open = connection.isPresent() ? connection.get() : new Connection(server);
        connection = Optional.of(open);
        byte[] content = body.getBytes(StandardCharsets.UTF_8);
        String head = method + " " + path + " HTTP/1.1\r\nHost: " + server.getRawAuthority() + "\r\n"
                + key.map(secret -> "Authorization: Bearer " + secret + "\r\n").orElse("")
                + (content.length == 0 ? "" : "Content-Type: application/json\r\nContent-Length: " + content.length + "\r\n") + "\r\n";
        byte[] all = (head + body).getBytes(StandardCharsets.UTF_8);
        open.socket.getOutputStream().write(all);
        return open;
    }

    /// Hangs up.
    @Override
    public void close() throws IOException {
        if (connection.isPresent()) {
            connection.get().socket.close();
            connection = Optional.empty();
        }
    }

    /// A socket and how far its answer has been read.
    private static final class Connection {
        private final Socket socket = new Socket();
        private final InputStream in;
        private boolean chunked;
        /// Bytes of the body, or of its chunk, that are left; after the last chunk -1.
        private long left;

        Connection(URI server) throws IOException {
            socket.connect(new InetSocketAddress(server.getHost(), server.getPort() < 0 ? 80 : server.getPort()), CONNECT_MILLISECONDS);
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(SILENCE_MILLISECONDS);
            in = new BufferedInputStream(socket.getInputStream(), 1 << 14);
        }

        /// @throws IOException when the status is not 200
        void readHead() throws IOException {
            String status = readLine();
            chunked = false;
            left = 0;
            for (String line = readLine(); !line.isEmpty(); line = readLine()) {
                String lower = line.toLowerCase(Locale.ROOT);
                chunked |= lower.equals("transfer-encoding: chunked");
                if (lower.startsWith("content-length:")) {
                    left = Long.parseLong(lower.substring("content-length:".length()).strip());
                }
            }
            if (!status.startsWith("HTTP/1.1 200")) {
                throw new IOException(status + " " + readToEnd());
            }
        }

        private String readLine() throws IOException {
            StringBuilder line = new StringBuilder();
            for (int next = in.read(); next != '\n'; next = in.read()) {
                if (next < 0) {
                    throw new EOFException("the server hung up");
                }
                if (next != '\r') {
                    line.append((char) next);
                }
            }
            return line.toString();
        }

        /// A line of the body, whose bytes are taken as ASCII: only such are looked for.
        String readBodyLine() throws IOException {
            StringBuilder line = new StringBuilder();
            for (int next = readByte(); next != '\n'; next = readByte()) {
                if (next < 0) {
                    throw new EOFException("the answer ends in the middle");
                }
                line.append((char) next);
            }
            return line.toString();
        }

        /// The rest of the body.
        String readToEnd() throws IOException {
            StringBuilder rest = new StringBuilder();
            for (int next = readByte(); next >= 0; next = readByte()) {
                rest.append((char) next);
            }
            return rest.toString();
        }

        private int readByte() throws IOException {
            if (left == 0 && chunked) {
                left = Long.parseLong(readLine().strip(), 16);
                if (left == 0) {
                    readLine();
                    left = -1;
                    chunked = false;
                }
            }
            if (left <= 0) {
                return -1;
            }
            int next = in.read();
            left--;
            if (left == 0 && chunked) {
                readLine(); // what ends a chunk
            }
            return next;
        }
    }
}
