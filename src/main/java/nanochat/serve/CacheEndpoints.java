package nanochat.serve;

import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import nanochat.engine.Engine;
import nanochat.io.BadInputException;

/// What a conversation left in the cache, saved to a file and loaded again, by this server or a later one.
final class CacheEndpoints {
    private static final String ALL = "/nanochat/caches";
    private static final String ONE = ALL + "/{name}";
    private static final long COME_BACK_SECONDS = 1;

    private final Engine engine;
    private final CacheFolder folder;
    private final String fingerprint;
    private final Function<Context, Optional<String>> scopes;

    /// Reads what a request begins with.
    @FunctionalInterface
    interface PromptReader {
        int[] read(Context context) throws IOException;
    }

    /// @param tokens that the file has
    private record Cache(String name, int tokens, long bytes) {}

    private record Caches(String object, List<CacheFolder.Entry> data) {}

    private record Deleted(String name, boolean deleted) {}

    /// @param scopes of requests, see [Gate#scope]
    CacheEndpoints(Engine engine, CacheFolder folder, Function<Context, Optional<String>> scopes) {
        folder.prepare();
        this.engine = engine;
        this.folder = folder;
        this.fingerprint = engine.fingerprint();
        this.scopes = scopes;
    }

    /// @param prompts reads the body of a request to save
    void addTo(JavalinConfig config, PromptReader prompts) {
        config.routes.get(ALL, context -> HttpFront.answer(context, new Caches("list", folder.list(owner(context)))));
        config.routes.put(ONE, context -> HttpFront.answer(context, save(context, prompts.read(context))));
        config.routes.post(ONE + "/load", context -> HttpFront.answer(context, load(context)));
        config.routes.delete(ONE, context -> HttpFront.answer(context, delete(context)));
    }

    private String owner(Context context) {
        return scopes.apply(context).orElseThrow(() -> ApiException.refused(400, "no_prefix_sharing",
                "Nothing is kept of your requests (no-prefix-sharing), so there is nothing to save or load."));
    }

    private synchronized Cache save(Context context, int[] prompt) throws IOException {
        String owner = owner(context);
        String name = context.pathParam("name");
        Path file = folder.file(owner, name);
        OptionalInt tokens;
        try {
            tokens = engine.saveKept(owner, prompt, file, fingerprint, bytes -> makeRoom(owner, file, bytes));
        } catch (BadInputException | UncheckedIOException unwritten) { // its message names a file of the server's, which is no client's business
            throw ApiException.unavailable(
                    "The cache could not be saved: the server's folder for caches is full or cannot be written, or answers needed its memory meanwhile.");
        }
        if (tokens.isEmpty()) {
            throw ApiException.refused(404, "nothing_cached",
                    "Of what this begins with not even 64 tokens are in the cache: ask for an answer to it first.");
        }
        return new Cache(name, tokens.getAsInt(), Files.size(file));
    }

    private boolean makeRoom(String owner, Path file, long bytes) {
        try {
            folder.makeRoom(owner, file, bytes);
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private synchronized Cache load(Context context) throws IOException {
        String owner = owner(context);
        String name = context.pathParam("name");
        Path file = folder.existing(owner, name);
        try {
            int tokens = engine.loadKept(owner, file, fingerprint).orElseThrow(() -> ApiException.busy(COME_BACK_SECONDS));
            CacheFolder.touch(file);
            return new Cache(name, tokens, Files.size(file));
        } catch (BadInputException unusable) { // as above
            throw ApiException.refused(409, "unusable_cache", "The cache '" + name
                    + "' is damaged, or of another model or format of weights. Delete it, or save it again.");
        }
    }

    private synchronized Deleted delete(Context context) throws IOException {
        String name = context.pathParam("name");
        return new Deleted(name, Files.deleteIfExists(folder.existing(owner(context), name)));
    }
}
