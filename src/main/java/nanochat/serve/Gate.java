package nanochat.serve;

import io.javalin.http.Context;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import nanochat.io.BadInputException;

/// Who may ask at all: checked before anything of a request but its head is read.
final class Gate {
    private static final Set<String> LOOPBACK_NAMES = Set.of("localhost", "127.0.0.1", "[::1]");
    private static final String BEARER = "Bearer ";
    private static final String ASKER = "nanochat.asker";
    private static final String EVERYBODY = "everybody";
    /// What anybody may see, so that whatever watches the server needs no key.
    private static final Set<String> OPEN = Set.of("/health");

    private final boolean loopback;
    private final String host;
    private final List<ApiKey> keys;
    private final Set<String> origins;
    private final WebFiles web;

    /// @param web files that anybody may have
    Gate(ServerOptions options, WebFiles web) {
        this.web = web;
        this.loopback = isLoopback(options.host());
        this.host = options.host().toLowerCase(Locale.ROOT);
        this.keys = options.keys();
        this.origins = options.origins();
    }

    /// Whether only this machine can reach an address.
    ///
    /// @throws BadInputException when there is no such address
    static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            throw new BadInputException("There is no address '" + host + "' to listen at", e);
        }
    }

    /// With whose requests one may share what it reads, after [#check], and may go on sharing when the server is started again: those who show the same key, or no key where none is asked for; nobody's where the
    /// key is one that does not share.
    Optional<String> scope(Context context) {
        Optional<Integer> key = Optional.ofNullable(context.attribute(ASKER));
        return key.isEmpty()
                ? Optional.of(EVERYBODY)
                : key.filter(number -> keys.get(number).sharesPrefixes()).map(number -> keys.get(number).name());
    }

    /// @throws ApiException when the request is refused
    void check(Context context) {
        checkHost(context);
        checkOrigin(context);
        if (!context.method().name().equals("OPTIONS") && !OPEN.contains(context.path()) && !web.has(context.path())) {
            checkKey(context);
        }
    }

    /// On loopback a page from elsewhere could reach the server by a name of its own that it lets mean this machine; its requests bear that name.
    private void checkHost(Context context) {
        String name = nameOf(Optional.ofNullable(context.header("Host")).orElse(""));
        if (loopback && !LOOPBACK_NAMES.contains(name) && !name.equals(host)) {
            throw ApiException.refused(403, "wrong_host", "This server is for this machine alone: ask it as localhost.");
        }
    }

    private static String nameOf(String authority) {
        return authority.replaceFirst(":\\d*$", "").toLowerCase(Locale.ROOT);
    }

    /// A browser says which page asks; others' may not, even where it could not read the answer.
    private void checkOrigin(Context context) {
        Optional<String> origin = Optional.ofNullable(context.header("Origin"));
        if (origin.isEmpty()) {
            return;
        }
        if (origins.contains(origin.get())) {
            context.header("Access-Control-Allow-Origin", origin.get());
            context.header("Vary", "Origin");
            context.header("Access-Control-Allow-Headers", "Authorization, Content-Type");
            context.header("Access-Control-Allow-Methods", "GET, POST");
        } else if (!isOwn(origin.get(), context)) {
            throw ApiException.refused(403, "wrong_origin", "Pages of other places may not ask this server.");
        }
    }

    private static boolean isOwn(String origin, Context context) {
        try {
            return Optional.ofNullable(URI.create(origin).getRawAuthority())
                    .filter(authority -> authority.equalsIgnoreCase(context.header("Host"))).isPresent();
        } catch (IllegalArgumentException noOrigin) {
            return false;
        }
    }

    private void checkKey(Context context) {
        if (keys.isEmpty()) {
            return;
        }
        String shown = Optional.ofNullable(context.header("Authorization")).filter(value -> value.startsWith(BEARER))
                .map(value -> value.substring(BEARER.length()).strip()).orElse("");
        int known = -1;
        for (int i = 0; i < keys.size(); i++) { // all of them: the time says nothing
            known = keys.get(i).matches(shown) ? i : known;
        }
        if (known < 0) {
            throw ApiException.refused(401, "invalid_api_key", shown.isEmpty()
                    ? "An API key is needed: send it as 'Authorization: Bearer KEY'."
                    : "The API key is wrong.");
        }
        context.attribute(ASKER, known);
    }
}
