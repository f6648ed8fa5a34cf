package nanochat.serve;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import nanochat.io.BadInputException;

/// How a model is served.
///
/// @param host the address to listen at
/// @param port 0 takes a free one
/// @param keys whoever shows one of them may ask; empty lets everybody
/// @param origins web pages of which places may ask from a browser, beside our own
/// @param queue answers that may wait beside those under way
/// @param prefixSharing whether what a request has read is kept for others with the same beginning and the same key
/// @param calculator whether models may use it
/// @param limits of one request
/// @param patience how long what is under way may go on when the server is asked to stop
/// @param caches where clients may save what their conversations left in the cache
public record ServerOptions(String host, int port, List<ApiKey> keys, Set<String> origins, int queue, boolean prefixSharing,
        boolean calculator,
        RequestLimits limits, Duration patience, Optional<CacheFolder> caches) {
    /// Where nobody but this machine can ask.
    public static final String LOOPBACK = "127.0.0.1";
    public static final int DEFAULT_QUEUE = 128;

    public ServerOptions {
        keys = List.copyOf(keys);
        origins = Set.copyOf(origins);
        if (port < 0 || port > 65535) {
            throw new BadInputException("A port is a number from 0 (any free one) to 65535, not " + port);
        }
        if (queue < 0) {
            throw new BadInputException("A queue has room for 0 or more answers, not " + queue);
        }
    }

    /// Without a folder for caches.
    public ServerOptions(String host, int port, List<ApiKey> keys, Set<String> origins, int queue, boolean prefixSharing,
            boolean calculator, RequestLimits limits, Duration patience) {
        this(host, port, keys, origins, queue, prefixSharing, calculator, limits, patience, Optional.empty());
    }

    /// On loopback, for everybody there.
    public static ServerOptions atPort(int port) {
        return new ServerOptions(LOOPBACK, port, List.of(), Set.of(), DEFAULT_QUEUE, true, true, RequestLimits.DEFAULT, Duration.ofSeconds(
                10));
    }

    public ServerOptions withoutPrefixSharing() {
        return new ServerOptions(host, port, keys, origins, queue, false, calculator, limits, patience, caches);
    }

    public ServerOptions withQueue(int answers) {
        return new ServerOptions(host, port, keys, origins, answers, prefixSharing, calculator, limits, patience, caches);
    }

    public ServerOptions withCaches(CacheFolder folder) {
        return new ServerOptions(host, port, keys, origins, queue, prefixSharing, calculator, limits, patience, Optional.of(folder));
    }
}
