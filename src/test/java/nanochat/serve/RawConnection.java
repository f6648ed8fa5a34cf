package nanochat.serve;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// A connection on which anything can be sent, and that reads answers as strictly as HTTP/1.1 has them.
final class RawConnection implements AutoCloseable {
    private static final int PATIENCE_MILLISECONDS = 60_000;

    /// Small, so that a server soon notices when nobody reads.
    private static final int RECEIVE_BUFFER = 8 << 10;

    private final Socket socket;
    private final InputStream in;

    /// @param headers in lower case, as they came
    record Answer(int status, List<String> headers, String body) {
        Optional<String> header(String name) {
            return headers.stream().filter(header -> header.startsWith(name.toLowerCase(Locale.ROOT) + ":"))
                    .map(header -> header.substring(name.length() + 1).strip()).findFirst();
        }
    }

    RawConnection(int port) throws IOException {
        socket = new Socket();
        socket.setReceiveBufferSize(RECEIVE_BUFFER);
        socket.connect(new InetSocketAddress("127.0.0.1", port));
        socket.setSoTimeout(PATIENCE_MILLISECONDS);
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream());
    }

    /// Characters are bytes. What a server does not want to hear any more is no error: its answer says why.
    void send(String bytes) {
        send(bytes.getBytes(StandardCharsets.ISO_8859_1));
    }

    void send(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
        } catch (IOException _) {
            // the server has hung up
        }
    }

    void endSending() {
        try {
            socket.shutdownOutput();
        } catch (IOException _) {
            // the server has hung up
        }
    }

    /// Whether the server has, without an answer; reads what comes.
    boolean hasHungUp() {
        try {
            socket.setSoTimeout(1);
            return in.read() < 0;
        } catch (SocketTimeoutException _) {
            return false;
        } catch (IOException _) {
            return true;
        }
    }

    /// The next answer; nothing where the server hung up, between answers or within one.
    ///
    /// @throws IOException when what came is no HTTP, or nothing came in a minute
    Optional<Answer> answer() throws IOException {
        try {
            Optional<String> statusLine = line();
            if (statusLine.isEmpty()) {
                return Optional.empty();
            }
            if (!statusLine.get().matches("HTTP/1\\.[01] \\d{3} .*")) {
                throw new IOException("no status line: " + statusLine.get());
            }
            int status = Integer.parseInt(statusLine.get().substring(9, 12));
            List<String> headers = new ArrayList<>();
            for (String line = line().orElseThrow(EOFException::new); !line.isEmpty(); line = line().orElseThrow(EOFException::new)) {
                int colon = line.indexOf(':');
                if (colon <= 0) {
                    throw new IOException("no header: " + line);
                }
                headers.add(line.substring(0, colon).toLowerCase(Locale.ROOT) + line.substring(colon));
            }
            if (status < 200) {
                return answer();
            }
            return Optional.of(new Answer(status, headers, body(status, new Answer(status, headers, ""))));
        } catch (EOFException | SocketException _) {
            return Optional.empty();
        }
    }

    private String body(int status, Answer head) throws IOException {
        byte[] body;
        if (status == 204 || status == 304) {
            return "";
        } else if (head.header("transfer-encoding").equals(Optional.of("chunked"))) {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            for (int size = chunkSize(); size > 0; size = chunkSize()) {
                all.write(exactly(size));
                exactly(2);
            }
            exactly(2);
            body = all.toByteArray();
        } else if (head.header("content-length").isPresent()) {
            body = exactly(Integer.parseInt(head.header("content-length").get()));
        } else {
            body = in.readAllBytes();
        }
        return new String(body, StandardCharsets.UTF_8);
    }

    private int chunkSize() throws IOException {
        return Integer.parseInt(line().orElseThrow(EOFException::new).replaceAll(";.*", ""), 16);
    }

    private byte[] exactly(int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException();
        }
        return bytes;
    }

    private Optional<String> line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                if (line.isEmpty()) {
                    return Optional.empty();
                }
                throw new EOFException();
            }
            line.append((char) next);
        }
        return Optional.of(line.toString().replaceFirst("\r$", ""));
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException _) {
            // closed all the same
        }
    }
}
