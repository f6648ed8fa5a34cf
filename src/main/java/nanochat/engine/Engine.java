package nanochat.engine;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.function.LongPredicate;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.StoredModel;
import nanochat.engine.kernel.Workers;
import nanochat.io.BadInputException;
import nanochat.model.Gpt;
import nanochat.model.GptConfig;
import nanochat.model.GptParameters;
import nanochat.tokenizer.Tokenizer;

/// A model that is ready to generate text, token by token: prefills a prompt once, decodes any number of samples of it together. For one caller
/// at a time, and contexts belong to the thread that made them; several threads share an engine by a [SharedBatch].
///
///     try (Engine engine = Engine.load(checkpoints, checkpoints.lastStep(), EngineOptions.of(WeightFormat.BF16, 4))) {
///         Tokenizer tokenizer = engine.tokenizer();
///         int[] prompt = IntStream.concat(IntStream.of(tokenizer.id(SpecialToken.BOS)),
///                 IntStream.of(tokenizer.encode("The capital of France is"))).toArray();
///         Sample answer = engine.generate(prompt, 1, Generation.greedy(64, Set.of()), ColumnListener.NONE).getFirst();
///         System.out.println(tokenizer.decode(answer.tokens()));
///     }
public final class Engine implements Generator, AutoCloseable {
    /// The most tokens that are drafted at once.
    public static final int MOST_DRAFT_TOKENS = 15;

    private final InferenceGpt gpt;
    private final Optional<Tokenizer> tokenizer;
    private final int rows;
    private final KvCache cache;
    /// Returns what belongs to this engine alone.
    private final Runnable release;
    private Optional<Lookahead> lookahead = Optional.empty();

    /// The model of a checkpoint, with the calculator.
    ///
    /// @throws nanochat.io.BadInputException when there is no such checkpoint, or its files do not fit together
    public static Engine load(CheckpointDirectory checkpoints, int step, EngineOptions options) {
        try (StoredModel stored = StoredModel.open(checkpoints, step)) {
            checkHeads(stored, options);
            return make(stored.config(), TensorSource.of(stored), Optional.of(stored.tokenizer()), options);
        }
    }

    /// The same from the file that an earlier engine left beside the checkpoint; this one leaves it where there is none that is sound and of these
    /// weights.
    ///
    /// @param notice is told, once, when the file cannot be written; the engine is none the worse
    public static Engine loadPacked(CheckpointDirectory checkpoints, int step, EngineOptions options, Consumer<String> notice) {
        Arena arena = Arena.ofShared();
        Workers workers = new Workers(options.threads());
        try {
            // heads are not in such a file
            Optional<PackedModel> file = options.draftHeads() > 0 ? Optional.empty() : PackedModel.of(checkpoints, step, options.weights());
            PackedModel.Content content = file.flatMap(packed -> packed.read(arena, workers)).orElseGet(() -> {
                try (StoredModel stored = StoredModel.open(checkpoints, step)) {
                    checkHeads(stored, options);
                    EngineWeights weights = EngineWeights.load(stored.config(), options.weights(), options.draftHeads(),
                            TensorSource.of(stored), arena, workers);
                    // What an adapter makes of a model is not kept: it would take as much room as the model itself. Nor is there a prefix in such a file.
                    file.filter(_ -> !stored.isAdapted() && stored.prefixTokens() == 0).ifPresent(packed -> leave(packed, stored, weights,
                            notice));
                    return new PackedModel.Content(stored.config(), stored.tokenizer(), weights, () -> {});
                }
            });
            return of(content.weights(), Optional.of(content.tokenizer()), options, () -> {
                content.close().run();
                workers.close();
                arena.close();
            }, workers);
        } catch (RuntimeException unsound) {
            workers.close();
            arena.close();
            throw unsound;
        }
    }

    private static void checkHeads(StoredModel stored, EngineOptions options) {
        int heads = stored.objective().extraHeads();
        if (heads < options.draftHeads()) {
            throw new BadInputException(heads == 0
                    ? "This model has no extra heads that could draft: 'pretrain --objective multi-token' trains them, fine-tuning leaves them out"
                    : "This model has " + heads + " extra heads that draft, not " + options.draftHeads());
        }
    }

    private static void leave(PackedModel packed, StoredModel stored, EngineWeights weights, Consumer<String> notice) {
        try {
            packed.write(stored.config(), stored.tokenizer(), weights);
        } catch (BadInputException unwritten) {
            notice.accept("The next start will take as long as this one. " + unwritten.getMessage());
        }
    }

    /// A model in memory, on a copy of its weights, which [#reload] brings up to date.
    ///
    /// @param tokenizer that the model was trained with; without it there is no calculator, and tool tokens are tokens like others
    public static Engine of(GptParameters parameters, Optional<Tokenizer> tokenizer, EngineOptions options) {
        return make(parameters.config(), TensorSource.of(parameters), tokenizer, options);
    }

    /// The same with the prefix before it, where it has one.
    public static Engine of(Gpt gpt, Optional<Tokenizer> tokenizer, EngineOptions options) {
        return make(gpt.config(), TensorSource.of(gpt), tokenizer, options);
    }

    /// Any weights.
    public static Engine make(GptConfig config, TensorSource weights, Optional<Tokenizer> tokenizer, EngineOptions options) {
        Arena arena = Arena.ofShared();
        Workers workers = new Workers(options.threads());
        try {
            EngineWeights loaded = EngineWeights.load(config, options.weights(), options.draftHeads(), weights, arena, workers);
            return of(loaded, tokenizer, options, () -> {
                workers.close();
                arena.close();
            }, workers);
        } catch (RuntimeException unsound) {
            workers.close();
            arena.close();
            throw unsound;
        }
    }

    /// On weights and workers of its own.
    private static Engine of(EngineWeights weights, Optional<Tokenizer> tokenizer, EngineOptions options, Runnable release,
            Workers workers) {
        GptConfig config = weights.config();
        return new Engine(new InferenceGpt(weights, workers, options.contextOf(config, weights.prefix)), tokenizer, options.rows(),
                options.cacheBytesOf(config, weights.prefix), release);
    }

    /// On weights and workers that others use too.
    ///
    /// @param gpt closed with this
    Engine(InferenceGpt gpt, EngineOptions options) {
        this(gpt, Optional.empty(), options.rows(), options.cacheBytesOf(gpt.config(), gpt.weights().prefix), () -> {});
    }

    private Engine(InferenceGpt gpt, Optional<Tokenizer> tokenizer, int rows, long cacheBytes, Runnable release) {
        this.gpt = gpt;
        this.tokenizer = tokenizer;
        this.rows = rows;
        this.cache = gpt.newCache(cacheBytes);
        this.release = release;
        int heads = gpt.weights().heads.size();
        if (heads > 0) {
            checkDrafting();
            lookahead = Optional.of(new Lookahead(gpt, new HeadDrafter(gpt, heads)));
        }
    }

    /// From now on a row that is decoded alone has its next tokens guessed by a smaller model, and several of them checked in one pass: the same tokens,
    /// sooner where guesses are often right. Rows that are decoded together share a reading of the weights as it is, and nothing is guessed for them.
    ///
    /// @param checkpoints of the smaller model, whose matrices get the format of this one's
    /// @param tokens it guesses at once, from 1 to [#MOST_DRAFT_TOKENS]
    /// @throws BadInputException when it has another tokenizer, this model's weights are in int4, or there is no such checkpoint
    public void draftBy(CheckpointDirectory checkpoints, int step, int tokens) {
        try (StoredModel small = StoredModel.open(checkpoints, step)) {
            if (!small.tokenizer().merges().equals(tokenizer().merges())) {
                throw new BadInputException("The model " + checkpoints.tag()
                        + " cannot draft for this one: it has another tokenizer. Train it with the same one, such as: ./nanochat pretrain --depth 2");
            }
            draftBy(small.config(), TensorSource.of(small), tokens);
        }
    }

    /// The same with any weights of a model with as many tokens.
    void draftBy(GptConfig config, TensorSource weights, int tokens) {
        if (tokens < 1 || tokens > MOST_DRAFT_TOKENS) {
            throw new BadInputException("From 1 to " + MOST_DRAFT_TOKENS + " tokens can be drafted at once, not " + tokens);
        }
        checkDrafting();
        if (config.vocabularySize() != config().vocabularySize()) {
            throw new BadInputException("A model of " + config.vocabularySize() + " tokens cannot draft for one of " + config()
                    .vocabularySize());
        }
        Arena arena = Arena.ofShared();
        try {
            EngineWeights loaded = EngineWeights.load(config, gpt.weights().format(), 0, weights, arena, gpt.workers());
            draftBy(new ModelDrafter(new InferenceGpt(loaded, gpt.workers(), maximumLength()), tokens, arena::close));
        } catch (RuntimeException unsound) {
            arena.close();
            throw unsound;
        }
    }

    private void checkDrafting() {
        if (gpt.weights().format() == WeightFormat.INT4) {
            throw new BadInputException(
                    "Nothing can be drafted for weights in int4, whose products of several rows round differently from those of"
                            + " one, so that the tokens might be others. Take --weights int8");
        }
    }

    void draftBy(Drafter drafter) {
        lookahead.ifPresent(Lookahead::close);
        lookahead = Optional.of(new Lookahead(gpt, drafter));
    }

    /// What guesses came to so far.
    public Drafts drafts() {
        return lookahead.map(Lookahead::drafts).orElse(Drafts.NONE);
    }

    /// The tokenizer that the model was trained with.
    ///
    /// @throws IllegalStateException when the engine was made without one
    public Tokenizer tokenizer() {
        return tokenizer.orElseThrow(() -> new IllegalStateException("the engine was made without a tokenizer"));
    }

    public GptConfig config() {
        return gpt.config();
    }

    /// Passes over the same weights for sequences of up to `maximumLength` tokens; the caller closes them, before this.
    public InferenceGpt passes(int maximumLength) {
        return new InferenceGpt(gpt.weights(), gpt.workers(), maximumLength);
    }

    /// The model that generates.
    public InferenceGpt gpt() {
        return gpt;
    }

    @Override
    public int maximumLength() {
        return cache.maximumLength();
    }

    /// Bytes of weights, caches and activations so far.
    public long bytes() {
        return gpt.weights().bytes() + cache.bytes() + gpt.activationBytes() + lookahead.map(Lookahead::bytes).orElse(0L);
    }

    /// Bytes of keys and values so far.
    public long cacheBytes() {
        return cache.bytes();
    }

    /// Bytes of keys and values that are set aside for what is under way.
    public long reservedCacheBytes() {
        return cache.reservedBytes();
    }

    /// Pages of keys and values that somebody's answers and conversations hold.
    public long cachePages() {
        return cache.pagesInUse();
    }

    /// Pages that are kept for prompts that begin alike, and given away when they are needed.
    public long keptCachePages() {
        return cache.keptPages();
    }

    /// Gives those back now.
    public void forgetKept() {
        cache.forgetKept();
    }

    /// Writes what is kept of how `prompt` begins to a file, and what was answered, where the whole prompt is kept: whole pages of 64 tokens. For any thread,
    /// also while others generate.
    ///
    /// @param fingerprint that [#fingerprint] gave
    /// @param allowed asked with the bytes of the file, before it is written, whether it may be
    /// @return the tokens that are in the file; none where too little is kept, or it is not allowed
    /// @throws BadInputException when the file cannot be written, or others needed the memory of what was to be saved; an older one is there still
    public OptionalInt saveKept(String scope, int[] prompt, Path file, String fingerprint, LongPredicate allowed) {
        Optional<KvCache.Borrowed> borrowed = cache.borrowKept(scope, prompt);
        if (borrowed.isEmpty()) {
            return OptionalInt.empty();
        }
        try {
            if (!allowed.test(borrowed.get().head().fileBytes(cache.pageBytes()))) {
                return OptionalInt.empty();
            }
            new KeptFile(file, fingerprint).write(cache, borrowed.get());
            return OptionalInt.of(borrowed.get().head().tokens().length);
        } finally {
            cache.giveBack(borrowed.get());
        }
    }

    /// Keeps what [#saveKept] wrote, for prompts of this scope that begin so. For any thread, also while others generate.
    ///
    /// @return the tokens; none where there is no memory for them beside what is under way
    /// @throws BadInputException when there is no such file, it is of another model or format, or it is damaged
    public OptionalInt loadKept(String scope, Path file, String fingerprint) {
        return new KeptFile(file, fingerprint).read(cache, scope);
    }

    /// By what files of [#saveKept] are known to be of this model in this format. Reads all weights once.
    public String fingerprint() {
        return gpt.weights().fingerprint();
    }

    /// The most bytes that keys and values will ever take.
    public long mostCacheBytes() {
        return cache.mostBytes();
    }

    @Override
    public Sequence newContext() {
        return cache.newSequence();
    }

    @Override
    public void release(Sequence context) {
        context.release();
    }

    /// Decodes requests that come and go, as a server has them.
    ///
    /// @param mostRows how many samples are decoded at once
    public ContinuousBatch newBatch(int mostRows) {
        return newBatch(mostRows, InferenceGpt.MAXIMUM_TOKENS);
    }

    /// The same.
    ///
    /// @param promptTokensPerStep how many tokens of prompts are read beside every token of the rows under way: the more, the sooner the prompts
    ///     are read, and the longer those rows wait meanwhile
    public ContinuousBatch newBatch(int mostRows, int promptTokensPerStep) {
        return new ContinuousBatch(gpt, cache, tokenizer, lookahead, mostRows, promptTokensPerStep);
    }

    @Override
    public List<Sample> generate(Sequence context, int[] prompt, int samples, Generation request, ColumnListener listener) {
        try (ContinuousBatch batch = newBatch(Math.clamp(samples, 1, InferenceGpt.MAXIMUM_TOKENS))) {
            Request asked = batch.submit(context, prompt, samples, request, listener);
            while (batch.step()) {
                // the listener sees the tokens
            }
            return asked.samples();
        }
    }

    @Override
    public List<List<Sample>> generateAll(List<int[]> prompts, int samples, Generation request, Runnable afterEachPrompt) {
        prompts.forEach(prompt -> check(prompt, samples, request));
        List<List<Sample>> answers = new ArrayList<>(Collections.nCopies(prompts.size(), List.of()));
        Map<Integer, Request> underWay = new LinkedHashMap<>();
        try (ContinuousBatch batch = newBatch(rows)) {
            for (int next = 0; next < prompts.size() || !underWay.isEmpty();) {
                for (; next < prompts.size() && underWay.size() < rows; next++) {
                    underWay.put(next, batch.submit(prompts.get(next), samples, next * samples, request, Optional.empty(),
                            ColumnListener.NONE));
                }
                batch.step();
                underWay.entrySet().removeIf(asked -> {
                    if (asked.getValue().isDone()) {
                        answers.set(asked.getKey(), asked.getValue().samples());
                        afterEachPrompt.run();
                    }
                    return asked.getValue().isDone();
                });
            }
        }
        return answers;
    }

    void check(int[] prompt, int samples, Generation request) {
        Request.check(gpt, cache, prompt, samples, request);
    }

    /// Takes other weights of the same model, in the memory of the former ones. Contexts lose their tokens; the next prompt is read whole.
    ///
    /// @throws IllegalStateException when samples are under way, or sequences begin with a prefix
    public void reload(TensorSource weights) {
        if (gpt.weights().prefix.tokens() > 0) {
            throw new IllegalStateException("the keys and values of a prefix are in the cache for good");
        }
        cache.dropAll();
        gpt.weights().reload(weights, gpt.workers());
    }

    /// Returns all memory.
    @Override
    public void close() {
        lookahead.ifPresent(Lookahead::close);
        cache.close();
        gpt.close();
        release.run();
    }
}
