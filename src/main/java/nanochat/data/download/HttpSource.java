package nanochat.data.download;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import nanochat.io.Version;

/// GET requests that follow redirections with their range, and tell on the way what each server said about the file.
///
/// Redirections are followed here and not by the client because the Hub describes a file (size, checksum) in the redirection, and because the
/// access token must not go along.
final class HttpSource implements AutoCloseable {
    private static final int MOST_REDIRECTIONS = 10;
    private static final Set<Integer> REDIRECTIONS = Set.of(301, 302, 303, 307, 308);

    private final HttpClient client;
    private final HubToken token;
    private final Duration stall;
    private final String userAgent = "nanochat4j/" + Version.current().number();

    /// @param stall the longest silence of a server
    HttpSource(HubToken token, Duration stall) {
        this.token = token;
        this.stall = stall;
        // HTTP/1.1: every file has a connection of its own, so that one slow file does not hold up the others
        client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(stall).build();
    }

    /// The rest of a file to ask for.
    ///
    /// @param first number of the first byte
    /// @param ifRange the version it must be of
    record Rest(long first, Optional<String> ifRange) {}

    /// A response, after all redirections.
    ///
    /// @param linkedSize of the whole file, as a redirection told
    /// @param linkedChecksum of the whole file, as a redirection or the response told
    /// @param fromElsewhere whether another server answered than the one that was asked
    record Answer(int status, HttpHeaders headers, Optional<Long> linkedSize, Optional<Checksum> linkedChecksum, boolean fromElsewhere,
            BodyReader body) implements AutoCloseable {
        @Override
        public void close() {
            body.close();
        }
    }

    /// Sends a request for a whole file or the rest of one.
    ///
    /// @throws IOException when no answer comes; another attempt may fare better
    Answer get(URI address, Optional<Rest> rest) throws IOException, InterruptedException {
        URI next = address;
        Optional<Long> size = Optional.empty();
        Optional<Checksum> checksum = Optional.empty();
        for (int redirections = 0; redirections <= MOST_REDIRECTIONS; redirections++) {
            HttpResponse<Flow.Publisher<List<ByteBuffer>>> response = send(request(next, rest));
            HttpHeaders headers = response.headers();
            checksum = checksum.or(() -> Checksum.of(headers));
            size = size.or(() -> number(headers, "X-Linked-Size"));
            BodyReader body = new BodyReader(response.body(), stall);
            if (!REDIRECTIONS.contains(response.statusCode())) {
                return new Answer(response.statusCode(), headers, size, checksum,
                        !next.getAuthority().equals(address.getAuthority()), body);
            }
            body.close();
            next = target(next, headers);
        }
        throw new TransferException("more than " + MOST_REDIRECTIONS + " redirections, the last one to " + next);
    }

    /// The time limit is for the headers alone; that of a request would be for the body too, on some Java versions.
    private HttpResponse<Flow.Publisher<List<ByteBuffer>>> send(HttpRequest request) throws IOException, InterruptedException {
        CompletableFuture<HttpResponse<Flow.Publisher<List<ByteBuffer>>>> response = client.sendAsync(request,
                HttpResponse.BodyHandlers.ofPublisher());
        try {
            return response.get(stall.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new HttpTimeoutException("no answer came for " + stall.toSeconds() + " s");
        } catch (ExecutionException e) {
            Throwable cause = Objects.requireNonNull(e.getCause());
            throw new IOException(cause instanceof ConnectException
                    ? "no connection to " + request.uri().getAuthority()
                    : BodyReader.describe(cause), e);
        } finally {
            response.cancel(true); // does nothing when it is there
        }
    }

    private HttpRequest request(URI address, Optional<Rest> rest) {
        HttpRequest.Builder request = HttpRequest.newBuilder(address).header("Accept-Encoding", "identity")
                .header("User-Agent", userAgent);
        token.authorization(address).ifPresent(value -> request.header("Authorization", value));
        rest.ifPresent(part -> {
            request.header("Range", "bytes=" + part.first() + "-");
            part.ifRange().ifPresent(version -> request.header("If-Range", version));
        });
        return request.build();
    }

    private static URI target(URI from, HttpHeaders headers) throws TransferException {
        String location = headers.firstValue("Location").orElse("");
        try {
            URI target = from.resolve(location);
            if (!location.isBlank() && mayFollow(from, target)) {
                return target;
            }
        } catch (IllegalArgumentException e) {
            throw new TransferException(from + " redirects to '" + location + "', which is not an address");
        }
        throw new TransferException(from + " redirects to '" + location + "', where a download may not follow");
    }

    /// Whether one address may send on to another: only over HTTP, and never from an encrypted connection to an open one.
    static boolean mayFollow(URI from, URI to) {
        String scheme = String.valueOf(to.getScheme()).toLowerCase(Locale.ROOT);
        return to.getHost() != null && (scheme.equals("https") || scheme.equals("http") && scheme.equalsIgnoreCase(from.getScheme()));
    }

    /// A header that holds a number of bytes.
    static Optional<Long> number(HttpHeaders headers, String name) {
        return headers.firstValue(name).map(String::strip).filter(text -> text.matches("\\d{1,18}")).map(Long::valueOf);
    }

    /// Ends whatever is under way.
    @Override
    public void close() {
        client.shutdownNow();
    }
}
