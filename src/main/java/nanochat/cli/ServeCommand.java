package nanochat.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import nanochat.checkpoint.ModelChoice;
import nanochat.checkpoint.ModelStage;
import nanochat.engine.Engine;
import nanochat.engine.EngineOptions;
import nanochat.engine.WeightFormat;
import nanochat.explain.Subjects;
import nanochat.io.BaseDirectory;
import nanochat.serve.CacheFolder;
import nanochat.serve.ModelServer;
import nanochat.serve.RequestLimits;
import nanochat.serve.ServerOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `nanochat serve`.
@Command(name = "serve", description = "Answer programs over HTTP, as OpenAI's API does. Ctrl-C stops.")
public final class ServeCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--source", paramLabel = "STAGE", description = "Stage of the model: ${COMPLETION-CANDIDATES}; by default the last of these that has a model.")
    private Optional<ModelStage> source = Optional.empty();

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Mixin
    private AdapterOption adapter = new AdapterOption();

    @Mixin
    private AccessOptions access = new AccessOptions();

    @Option(names = "--port", defaultValue = "8000", paramLabel = "N", description = "Port to listen at; 0: any free one.")
    private int port;

    @Option(names = "--cors-origin", split = ",", paramLabel = "ORIGIN", description = "Web pages from there may ask, too, such as https://example.org.")
    private Set<String> origins = Set.of();

    @Option(names = "--weights", defaultValue = "bf16", paramLabel = "FORMAT", description = "Format of the model's matrices in memory: ${COMPLETION-CANDIDATES}.")
    private WeightFormat weights = WeightFormat.BF16;

    @Option(names = "--max-rows", defaultValue = "16", paramLabel = "N", description = "Answers that are made at once; more of them wait.")
    private int rows;

    @Option(names = "--queue", defaultValue = "128", paramLabel = "N", description = "Answers that may wait; who asks for more is told to come back later.")
    private int queue;

    @Option(names = "--kv-memory", paramLabel = "SIZE", converter = MemorySize.Converter.class, description = "The most memory for keys and values, such as 512m or 2g; by default enough for all rows at full length.")
    private Optional<MemorySize> kvMemory = Optional.empty();

    @Option(names = "--no-prefix-sharing", description = "Keep nothing of a request for others that begin alike. By default those with the same key share, who can then find out by time what others with it have asked. 'no-prefix-sharing' behind a key in the key file is for that key alone.")
    private boolean noPrefixSharing;

    @Option(names = "--cache-dir", paramLabel = "FOLDER", description = "Let clients save what their conversations left in the cache to files there, and load it again.")
    private Optional<Path> cacheFolder = Optional.empty();

    @Option(names = "--cache-disk", defaultValue = "1g", paramLabel = "SIZE", converter = MemorySize.Converter.class, description = "The most that the files of one API key take together, such as 512m or 2g; those unused for longest are deleted.")
    private MemorySize cacheDisk = new MemorySize(1L << 30);

    @Option(names = "--no-calculator", description = "The model may not use its calculator.")
    private boolean noCalculator;

    @Mixin
    private ThreadsOption threads = new ThreadsOption();

    @Override
    public void run() {
        ServerOptions options = new ServerOptions(access.host(), port, access.keys(), origins, queue, !noPrefixSharing, !noCalculator,
                RequestLimits.DEFAULT,
                Duration.ofSeconds(10), cacheFolder.map(folder -> new CacheFolder(folder, cacheDisk.bytes())));
        ModelChoice choice = adapter.or(model, source, () -> source.map(model::of).orElseGet(model::ofLastStage));
        EngineOptions engineOptions = EngineOptions.of(weights, threads.count()).withRows(rows);
        PrintWriter err = spec.commandLine().getErr();
        try (EndSignal end = new EndSignal();
                Engine engine = Engine.load(choice.checkpoints(), choice.step(),
                        kvMemory.map(size -> engineOptions.withCacheBytes(size.bytes())).orElse(engineOptions));
                ModelServer server = ModelServer.start(engine, choice.name(), choice.stage().takesTurns(), rows, options,
                        BaseDirectory.fromEnvironment(), Subjects.of(choice, List.of(), Math.max(1, threads.count() / 2)),
                        failure -> failure.printStackTrace(err))) {
            access.warn(err);
            PrintWriter out = spec.commandLine().getOut();
            out.printf(Locale.ROOT, "%s answers as '%s' at %s/v1; %d answers at once, at most %.0f MB for keys and values.%n",
                    choice,
                    choice.name(), server.address(), rows, engine.mostCacheBytes() * 1e-6);
            out.printf("Chat with it in a browser at %s/ , see what happens inside at %s/explain . Ctrl-C stops.%n", server.address(),
                    server.address());
            out.flush();
            end.await();
        }
    }
}
