package nanochat.engine;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import nanochat.tokenizer.Tokenizer;

/// Generates text, token by token: prefills a prompt once, decodes any number of samples of it together. For one caller at a time, and contexts
/// belong to the thread that made them; several threads share an engine by a [SharedBatch].
///
///     LoadedModel model = LoadedModel.load(checkpoints, checkpoints.lastStep(), WeightFormat.BF16, Arena.ofAuto());
///     int[] prompt = IntStream.concat(IntStream.of(model.tokenizer().id(SpecialToken.BOS)),
///             IntStream.of(model.tokenizer().encode("The capital of France is"))).toArray();
///     try (Workers workers = Workers.ofAllProcessors();
///             Engine engine = new Engine(new InferenceGpt(model.weights(), workers, 2048), model.tokenizer())) {
///         Sample answer = engine.generate(prompt, 1, Generation.greedy(64, Set.of()), ColumnListener.NONE).getFirst();
///         System.out.println(model.tokenizer().decode(answer.tokens()));
///     }
public final class Engine implements Generator, AutoCloseable {
    /// Rows that are decoded together where nobody says otherwise.
    public static final int DEFAULT_ROWS = 16;

    private final InferenceGpt gpt;
    private final Optional<Tokenizer> tokenizer;
    private final int rows;
    private final KvCache cache;

    /// Without tools: tool tokens are tokens like others.
    public Engine(InferenceGpt gpt) {
        this(gpt, Optional.empty(), DEFAULT_ROWS);
    }

    /// With the calculator, whose calls and results are `tokenizer`'s text.
    public Engine(InferenceGpt gpt, Tokenizer tokenizer) {
        this(gpt, Optional.of(tokenizer), DEFAULT_ROWS);
    }

    /// With memory for `rows` contexts of the greatest length, and for a prompt that samples share beside them: so there is never a prompt with
    /// room for a token that does not fit.
    ///
    /// @param tokenizer of the calculator, where there shall be one
    /// @param rows how many samples [#generateAll] decodes at once
    public Engine(InferenceGpt gpt, Optional<Tokenizer> tokenizer, int rows) {
        this(gpt, tokenizer, rows, (rows + 1) * KvCache.bytesOf(gpt.config(), gpt.weights().format().keysAndValues(), gpt.maximumLength()));
    }

    /// @param cacheBytes the most memory for keys and values; where it is short, samples wait for each other
    public Engine(InferenceGpt gpt, Optional<Tokenizer> tokenizer, int rows, long cacheBytes) {
        this.gpt = gpt;
        this.tokenizer = tokenizer;
        this.rows = rows;
        this.cache = gpt.newCache(cacheBytes);
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
        return gpt.weights().bytes() + cache.bytes() + gpt.activationBytes();
    }

    /// Bytes of keys and values so far.
    public long cacheBytes() {
        return cache.bytes();
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
        return new ContinuousBatch(gpt, cache, tokenizer, mostRows, promptTokensPerStep);
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
                    underWay.put(next, batch.submit(prompts.get(next), samples, next * samples, request, ColumnListener.NONE));
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

    /// Returns the memory of the cache and of the model's activations; weights and workers stay with whoever made them.
    @Override
    public void close() {
        cache.close();
        gpt.close();
    }
}
