package nanochat.data.download;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/// An HTTP server on this machine that fails on purpose, at the level of bytes: its own sockets, so that it can say what no decent server
/// says. Every request for a file takes the next misdeed of the plan.
///
/// With a content network it behaves as the Hugging Face Hub does: it tells size and checksum, and redirects to that other server.
final class MisbehavingServer implements AutoCloseable {
    /// What is wrong with one answer.
    enum Misdeed {
        /// All is well.
        NONE,
        /// The connection ends in the middle.
        CUT,
        /// The connection ends in the middle, and the body has no length that would tell.
        CUT_WITHOUT_LENGTH,
        /// A body in chunks that ends in the middle of one.
        CUT_CHUNK,
        /// A body in chunks, all there but for the mark at the end.
        CUT_LAST_CHUNK,
        /// Nothing is wrong with a body in chunks.
        CHUNKED,
        /// The connection falls silent in the middle.
        STALL,
        /// No answer at all.
        SILENCE,
        /// Few bytes at a time.
        SLOW,
        /// The length is greater than what follows.
        LENGTH_TOO_GREAT,
        /// The length is smaller than the file.
        LENGTH_TOO_SMALL, TOO_MANY_REQUESTS, UNAVAILABLE, INTERNAL_ERROR, NOT_FOUND, FORBIDDEN,
        /// The whole file although a part was asked for.
        RANGE_IGNORED,
        /// A part that begins elsewhere, and says so.
        WRONG_PART,
        /// The part that was asked for, of another version.
        PART_OF_ANOTHER_VERSION,
        /// A part although the whole was asked for or the version does not fit.
        NO_SUCH_PART,
        /// An address that redirects to itself.
        REDIRECTION_LOOP,
        /// A page for people.
        PAGE,
        /// What is not HTTP.
        GARBAGE,
        /// One byte of the content is wrong.
        FLIPPED_BYTE,
        /// Compressed, although that was not asked for.
        ENCODED
    }

    /// Decides the misdeeds.
    interface Plan {
        Misdeed next(Request request);
    }

    /// @param headers by name in lower case
    record Request(String path, Map<String, String> headers) {
        Optional<String> header(String name) {
            return Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT)));
        }
    }

    /// A file on this server.
    ///
    /// @param etag as sent, perhaps weak; empty: none is sent
    private record Content(byte[] bytes, String etag, String sha256) {}

    private static final int SLOW_BYTES = 512;
    private static final int BLOCK_BYTES = 1 << 16;

    private final ServerSocket listener = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    private final SplittableRandom places = new SplittableRandom(1);
    private final Plan plan;
    private final Optional<URI> contentNetwork;
    private final Map<String, Content> contents = new ConcurrentHashMap<>();
    private final List<Request> requests = Collections.synchronizedList(new ArrayList<>());
    private final List<Socket> open = Collections.synchronizedList(new ArrayList<>());
    private final AtomicLong bytesSent = new AtomicLong();

    /// A server that does the given misdeeds, then behaves.
    MisbehavingServer(Misdeed... misdeeds) throws IOException {
        this(inTurn(misdeeds), Optional.empty());
    }

    MisbehavingServer(Plan plan, Optional<URI> contentNetwork) throws IOException {
        this.plan = plan;
        this.contentNetwork = contentNetwork;
        Thread.ofVirtual().start(this::listen);
    }

    private static Plan inTurn(Misdeed... misdeeds) {
        List<Misdeed> left = Collections.synchronizedList(new ArrayList<>(List.of(misdeeds)));
        return _ -> left.isEmpty() ? Misdeed.NONE : left.removeFirst();
    }

    URI address() {
        return URI.create("http://localhost:" + listener.getLocalPort());
    }

    URI address(String path) {
        return address().resolve(path);
    }

    /// Puts a file on the server, or another version of it.
    void put(String path, byte[] bytes, String etag) {
        contents.put(path, new Content(bytes, etag, sha256(bytes)));
    }

    void put(String path, Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        put(path, bytes, '"' + sha256(bytes).substring(0, 16) + '"');
    }

    /// All requests so far.
    List<Request> requests() {
        synchronized (requests) {
            return List.copyOf(requests);
        }
    }

    /// Bytes of files sent so far, whether they arrived or not.
    long bytesSent() {
        return bytesSent.get();
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private void listen() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                open.add(socket);
                Thread.ofVirtual().start(() -> serve(socket));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket; InputStream in = new BufferedInputStream(socket.getInputStream()); OutputStream out = socket.getOutputStream()) {
            Request request = read(in);
            requests.add(request);
            answer(request, out, in);
        } catch (IOException clientGone) {
            // as happens when it gives up, or is killed
        } finally {
            open.remove(socket);
        }
    }

    private static Request read(InputStream in) throws IOException {
        String[] start = line(in).split(" ");
        Map<String, String> headers = new TreeMap<>();
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            String[] header = line.split(":", 2);
            headers.put(header[0].toLowerCase(Locale.ROOT), header[1].strip());
        }
        return new Request(start[1], headers);
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int read = in.read(); read != '\n'; read = in.read()) {
            if (read < 0) {
                throw new IOException("the client is gone");
            }
            if (read != '\r') {
                line.append((char) read);
            }
        }
        return line.toString();
    }

    private void answer(Request request, OutputStream out, InputStream in) throws IOException {
        Content content = contents.get(request.path());
        if (content == null) {
            head(out, "404 Not Found", "Content-Length: 0");
            return;
        }
        Misdeed misdeed = plan.next(request);
        switch (misdeed) {
            case SILENCE -> in.read();
            case TOO_MANY_REQUESTS -> head(out, "429 Too Many Requests", "Retry-After: 7", "Content-Length: 0");
            case UNAVAILABLE -> head(out, "503 Service Unavailable", "Content-Length: 0");
            case INTERNAL_ERROR -> head(out, "500 Internal Server Error", "Content-Length: 0");
            case NOT_FOUND -> head(out, "404 Not Found", "Content-Length: 0");
            case FORBIDDEN -> head(out, "403 Forbidden", "Content-Length: 0");
            case NO_SUCH_PART -> head(out, "416 Range Not Satisfiable", "Content-Range: bytes */1", "Content-Length: 0");
            case REDIRECTION_LOOP -> head(out, "302 Found", "Location: " + request.path(), "Content-Length: 0");
            case GARBAGE -> out.write("\0\1\2 no HTTP at all \377\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
            case PAGE -> {
                String page = "<html>Please sign in to use this network</html>";
                head(out, "200 OK", "Content-Type: text/html", "Content-Length: " + page.length());
                out.write(page.getBytes(StandardCharsets.US_ASCII));
            }
            default -> {
                if (contentNetwork.isPresent()) {
                    head(out, "302 Found", "Location: " + contentNetwork.get().resolve(request.path()), "X-Linked-Size: "
                            + content.bytes.length, "X-Linked-ETag: \"" + content.sha256 + '"', "Content-Length: 0");
                } else {
                    send(request, content, misdeed, out, in);
                }
            }
        }
    }

    private void send(Request request, Content content, Misdeed misdeed, OutputStream out, InputStream in) throws IOException {
        byte[] file = content.bytes;
        String etag = content.etag;
        long asked = request.header("Range").map(range -> Long.parseLong(range.replaceAll("\\D", ""))).orElse(0L);
        boolean sameVersion = request.header("If-Range").map(etag::equals).orElse(true);
        boolean part = request.header("Range").isPresent() && sameVersion && misdeed != Misdeed.RANGE_IGNORED;
        int first = part ? Math.toIntExact(asked) : 0;
        if (part && first >= file.length) {
            head(out, "416 Range Not Satisfiable", "Content-Range: bytes */" + file.length, "Content-Length: 0");
            return;
        }
        if (misdeed == Misdeed.WRONG_PART && part) {
            first = first / 2;
        }
        int length = file.length - first;
        if (misdeed == Misdeed.FLIPPED_BYTE) {
            file = file.clone();
            file[first + length / 2] ^= 1;
        }
        if (misdeed == Misdeed.PART_OF_ANOTHER_VERSION) {
            etag = "\"another\"";
            file = new byte[file.length];
        }
        List<String> headers = new ArrayList<>();
        if (part) {
            headers.add("Content-Range: bytes " + first + "-" + (file.length - 1) + "/" + file.length);
        }
        if (!etag.isEmpty()) {
            headers.add("ETag: " + etag);
        }
        boolean chunked = misdeed == Misdeed.CHUNKED || misdeed == Misdeed.CUT_CHUNK || misdeed == Misdeed.CUT_LAST_CHUNK;
        if (chunked) {
            headers.add("Transfer-Encoding: chunked");
        } else if (misdeed != Misdeed.CUT_WITHOUT_LENGTH) {
            headers.add("Content-Length: " + switch (misdeed) {
                case LENGTH_TOO_GREAT -> length + 1000;
                case LENGTH_TOO_SMALL -> length * 2 / 3;
                default -> length;
            });
        }
        if (misdeed == Misdeed.ENCODED) {
            headers.add("Content-Encoding: gzip");
        }
        head(out, part ? "206 Partial Content" : "200 OK", headers.toArray(String[]::new));
        int end = first + length;
        int somewhere = somewhere(first, end);
        switch (misdeed) {
            case CUT, CUT_WITHOUT_LENGTH, PART_OF_ANOTHER_VERSION -> write(out, file, first, somewhere, BLOCK_BYTES);
            case LENGTH_TOO_SMALL -> write(out, file, first, first + length * 2 / 3, BLOCK_BYTES);
            case STALL -> {
                write(out, file, first, somewhere, BLOCK_BYTES);
                in.read();
            }
            case SLOW -> write(out, file, first, end, SLOW_BYTES);
            case CHUNKED, CUT_CHUNK, CUT_LAST_CHUNK -> {
                out.write((Integer.toHexString(length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
                write(out, file, first, misdeed == Misdeed.CUT_CHUNK ? somewhere : end, BLOCK_BYTES);
                out.write((misdeed == Misdeed.CHUNKED ? "\r\n0\r\n\r\n" : "").getBytes(StandardCharsets.US_ASCII));
            }
            default -> write(out, file, first, end, BLOCK_BYTES);
        }
    }

    private int somewhere(int from, int to) {
        synchronized (places) {
            return places.nextInt(from, to + 1);
        }
    }

    private void write(OutputStream out, byte[] bytes, int from, int to, int step) throws IOException {
        for (int at = from; at < to; at += step) {
            int length = Math.min(step, to - at);
            out.write(bytes, at, length);
            out.flush();
            bytesSent.addAndGet(length);
        }
    }

    private static void head(OutputStream out, String status, String... headers) throws IOException {
        String head = "HTTP/1.1 " + status + "\r\nConnection: close\r\n" + String.join("\r\n", headers) + "\r\n\r\n";
        out.write(head.getBytes(StandardCharsets.US_ASCII));
        out.flush();
    }

    @Override
    public void close() {
        try {
            listener.close();
            for (Socket socket : List.copyOf(open)) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
