package nanochat.serve;

import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import nanochat.engine.Engine;
import nanochat.engine.Generation;
import nanochat.engine.SharedBatch;
import nanochat.explain.Lab;
import nanochat.explain.Subjects;
import nanochat.io.BadInputException;
import nanochat.io.BaseDirectory;
import nanochat.runs.RunsWatcher;

/// A model behind an address: OpenAI's endpoints for chat and completions, those that evaluation harnesses need, and what a machine's keeper watches.
///
///     try (Engine engine = Engine.load(checkpoints, checkpoints.lastStep(), options.withRows(16));
///             ModelServer server = ModelServer.start(engine, "mine", true, 16, ServerOptions.atPort(8000), Throwable::printStackTrace)) {
///         System.out.println(server.address());
///         Thread.currentThread().join();
///     }
public final class ModelServer implements AutoCloseable {
    /// Tokens of prompts that are read beside every token of the rows under way.
    private static final int PROMPT_TOKENS_PER_STEP = 256;
    /// How long clients whose answers were ended may take to read so.
    private static final Duration FAREWELL = Duration.ofSeconds(1);
    private static final String CHAT = "/v1/chat/completions";
    private static final String COMPLETIONS = "/v1/completions";
    private static final Set<String> ENDPOINTS = Set.of(CHAT, COMPLETIONS, "/v1/models", "/v1/models/{model}", "/v1/embeddings",
            "/tokenize",
            "/detokenize", "/tokenizer_info", "/health", "/metrics");

    private final Engine engine;
    private final ServerOptions options;
    private final Optional<RunsWatcher> runs;
    private final Optional<Lab> lab;
    private final RequestBodies bodies;
    private final SharedBatch batch;
    private final ServedModel model;
    private final OrderReader orders;
    private final Admission admission;
    private final Metrics metrics = new Metrics();
    private final AnswerHandler answers;
    private final TokenizerEndpoints tokens;
    private final long startSeconds = System.currentTimeMillis() / 1000;
    private final HttpFront http;

    private record Model(String id, String object, long created, String ownedBy, int maxModelLen) {}

    private record Models(String object, List<Model> data) {}

    private record Health(String status, String model) {}

    @FunctionalInterface
    private interface Endpoint {
        Object answer(Fields request);
    }

    private ModelServer(Engine engine, String name, boolean takesTurns, int rows, ServerOptions options, Optional<RunsWatcher> runs,
            Optional<Lab> lab, Consumer<Throwable> errors) {
        this.engine = engine;
        this.options = options;
        this.runs = runs;
        this.lab = lab;
        this.bodies = new RequestBodies(options.limits().bodyBytes());
        this.batch = new SharedBatch(engine, rows, PROMPT_TOKENS_PER_STEP);
        this.model = new ServedModel(name, batch, engine.tokenizer(), takesTurns, options.calculator());
        this.orders = new OrderReader(model, options.limits());
        this.admission = new Admission(rows, options.queue());
        this.answers = new AnswerHandler(model, admission, metrics, rows);
        this.tokens = new TokenizerEndpoints(model, orders);
        this.http = new HttpFront(options, pages(), errors, this::configure);
    }

    /// Serves a model until the server is closed. The engine is the server's alone meanwhile, and stays open.
    ///
    /// @param name by which clients ask for the model
    /// @param takesTurns whether it has learned to converse
    /// @param rows answers that are made at once
    /// @param errors told of errors of the program; clients learn only that there was one
    /// @throws BadInputException when the address cannot be listened at, or the cache has no room for the shortest answer
    public static ModelServer start(Engine engine, String name, boolean takesTurns, int rows, ServerOptions options,
            Consumer<Throwable> errors) {
        return start(engine, name, takesTurns, rows, options, Optional.empty(), Optional.empty(), errors);
    }

    private List<WebPage> pages() {
        return Stream.of(Optional.of(WebPage.CHAT), runs.map(_ -> WebPage.RUNS), lab.map(_ -> WebPage.EXPLAIN)).flatMap(Optional::stream)
                .toList();
    }

    /// Serves a model, and beside it shows the runs in the base directory at `/runs` and explains what happens inside at `/explain`.
    ///
    /// @param subjects that explanations are shown on
    /// @throws BadInputException when the address cannot be listened at
    public static ModelServer start(Engine engine, String name, boolean takesTurns, int rows, ServerOptions options, BaseDirectory base,
            Subjects subjects, Consumer<Throwable> errors) {
        return start(engine, name, takesTurns, rows, options, Optional.of(new RunsWatcher(base)), Optional.of(new Lab(subjects, errors)),
                errors);
    }

    private static ModelServer start(Engine engine, String name, boolean takesTurns, int rows, ServerOptions options,
            Optional<RunsWatcher> runs, Optional<Lab> lab, Consumer<Throwable> errors) {
        ModelServer server = new ModelServer(engine, name, takesTurns, rows, options, runs, lab, errors);
        try {
            server.checkMemory();
            server.http.start();
            return server;
        } catch (RuntimeException failure) {
            runs.ifPresent(RunsWatcher::close);
            lab.ifPresent(Lab::close);
            server.batch.close();
            throw failure;
        }
    }

    private void checkMemory() {
        try {
            batch.check(new int[]{0}, 1, Generation.greedy(1, Set.of()));
        } catch (BadInputException tooSmall) {
            throw new BadInputException(String.format(Locale.ROOT,
                    "The memory for keys and values, %.3f MB, has no room for the shortest answer. Give the server more, or leave it the choice.",
                    engine.mostCacheBytes() * 1e-6), tooSmall);
        }
    }

    /// Where clients find it.
    public String address() {
        return http.address();
    }

    /// Answers under way and waiting.
    public int answersInside() {
        return admission.inside();
    }

    /// Bytes of keys and values that are set aside for answers under way.
    public long reservedCacheBytes() {
        return engine.reservedCacheBytes();
    }

    /// Whether only this machine can reach an address.
    ///
    /// @throws BadInputException when there is no such address
    public static boolean isLoopback(String host) {
        return Gate.isLoopback(host);
    }

    /// Lets nobody in any more, gives what is under way the time that the options say, and ends.
    @Override
    public void close() {
        admission.close();
        awaitEmpty(options.patience());
        batch.close();
        engine.forgetKept();
        awaitEmpty(FAREWELL);
        runs.ifPresent(RunsWatcher::close);
        lab.ifPresent(Lab::close);
        http.stop();
    }

    private void awaitEmpty(Duration patience) {
        try {
            admission.awaitEmpty(patience);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void configure(JavalinConfig config) {
        runs.ifPresent(watched -> new RunsEndpoints(watched).addTo(config));
        lab.ifPresent(explaining -> new ExplainEndpoints(explaining).addTo(config));
        options.caches().ifPresent(folder -> new CacheEndpoints(engine, folder, this::scope).addTo(config,
                context -> read(context, orders::beginning)));
        config.routes.get("/health", this::health);
        config.routes.get("/metrics", this::metrics);
        config.routes.get("/v1/models", context -> HttpFront.answer(context, new Models("list", List.of(modelJson()))));
        config.routes.get("/v1/models/{model}", this::oneModel);
        config.routes.post(CHAT, context -> answers.chat(context, read(context, orders::chat), scope(context)));
        config.routes.post(COMPLETIONS, context -> answers.completions(context, read(context, orders::completions), scope(context)));
        config.routes.post("/v1/embeddings", _ -> {
            throw ApiException.refused(400, "no_embeddings", "This model makes no embeddings: it was trained to go on with text.");
        });
        config.routes.post("/tokenize", context -> answer(context, tokens::tokenize));
        config.routes.post("/detokenize", context -> answer(context, tokens::detokenize));
        config.routes.get("/tokenizer_info", context -> HttpFront.answer(context, tokens.info()));
        config.requestLogger.http((context, _) -> metrics.countRequest(
                context.endpoints().list().stream().map(endpoint -> endpoint.path).filter(ENDPOINTS::contains).findFirst().orElse("other"),
                context.statusCode()));
    }

    private Optional<String> scope(Context context) {
        return options.prefixSharing() ? http.scope(context) : Optional.empty();
    }

    private <T> T read(Context context, Function<Fields, T> reader) throws IOException {
        return bodies.read(context.req().getInputStream(), context.req().getContentLengthLong(), body -> reader.apply(Fields.parse(body)));
    }

    private void answer(Context context, Endpoint endpoint) throws IOException {
        HttpFront.answer(context, read(context, endpoint::answer));
    }

    private void health(Context context) {
        if (admission.isClosed() || !batch.isOpen()) {
            throw ApiException.unavailable("The server is shutting down.");
        }
        HttpFront.answer(context, new Health("ok", model.name()));
    }

    private void metrics(Context context) {
        context.contentType("text/plain; version=0.0.4; charset=utf-8").result(metrics.text(new Metrics.Load(admission.inside(),
                batch.rowsUnderWay(), engine.reservedCacheBytes(), engine.cachePages(),
                engine.keptCachePages(), engine.cacheBytes(), engine.mostCacheBytes())));
    }

    private Model modelJson() {
        return new Model(model.name(), "model", startSeconds, "nanochat", model.contextLength());
    }

    private void oneModel(Context context) {
        String asked = context.pathParam("model");
        if (!asked.equals(model.name())) {
            throw ApiException.noSuchModel(asked, model.name());
        }
        HttpFront.answer(context, modelJson());
    }
}
