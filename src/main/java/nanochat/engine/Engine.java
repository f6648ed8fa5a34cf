package nanochat.engine;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import nanochat.io.BadInputException;
import nanochat.tokenizer.Tokenizer;

/// Generates text, token by token: prefills a prompt once, decodes any number of samples of it together. For one caller at a time.
///
///     LoadedModel model = LoadedModel.load(checkpoints, checkpoints.lastStep(), WeightFormat.BF16, Arena.ofAuto());
///     int[] prompt = IntStream.concat(IntStream.of(model.tokenizer().id(SpecialToken.BOS)),
///             IntStream.of(model.tokenizer().encode("The capital of France is"))).toArray();
///     try (Workers workers = Workers.ofAllProcessors();
///             Engine engine = new Engine(new InferenceGpt(model.weights(), workers, 2048), model.tokenizer())) {
///         Sample answer = engine.generate(prompt, 1, Generation.greedy(64, Set.of()), ColumnListener.NONE).getFirst();
///         System.out.println(model.tokenizer().decode(answer.tokens()));
///     }
public final class Engine implements AutoCloseable {
    /// The share of the context that is kept free for an answer that may be longer.
    private static final int ANSWERS_SHARE = 4;

    private final InferenceGpt gpt;
    private final Optional<Tokenizer> tokenizer;
    private final KvCache cache;

    /// Without tools: tool tokens are tokens like others.
    public Engine(InferenceGpt gpt) {
        this(gpt, Optional.empty());
    }

    /// With the calculator, whose calls and results are `tokenizer`'s text.
    public Engine(InferenceGpt gpt, Tokenizer tokenizer) {
        this(gpt, Optional.of(tokenizer));
    }

    private Engine(InferenceGpt gpt, Optional<Tokenizer> tokenizer) {
        this.gpt = gpt;
        this.tokenizer = tokenizer;
        this.cache = gpt.newCache();
    }

    /// The model that generates.
    public InferenceGpt gpt() {
        return gpt;
    }

    /// The most tokens of prompt and answer together.
    public int maximumLength() {
        return cache.maximumLength();
    }

    /// The longest prompt that leaves room for an answer of `maximumTokens`, or, where that is more than a quarter of the context, for one
    /// of a quarter.
    public int longestPrompt(int maximumTokens) {
        return maximumLength() - Math.min(maximumTokens, maximumLength() / ANSWERS_SHARE);
    }

    /// Bytes of weights, caches and activations so far.
    public long bytes() {
        return gpt.weights().bytes() + cache.bytes() + gpt.activationBytes();
    }

    /// An empty context, for [#generate(Sequence, int[], int, Generation, ColumnListener)]; to be released by the caller.
    public Sequence newContext() {
        return cache.newSequence();
    }

    /// Decodes requests that come and go, as a server has them.
    ///
    /// @param mostRows how many samples are decoded at once; each needs room in the cache
    public ContinuousBatch newBatch(int mostRows) {
        return new ContinuousBatch(gpt, cache, tokenizer, mostRows);
    }

    /// Generates `samples` continuations of `prompt` and forgets them.
    public List<Sample> generate(int[] prompt, int samples, Generation request, ColumnListener listener) {
        Sequence context = newContext();
        try {
            return generate(context, prompt, samples, request, listener);
        } finally {
            context.release();
        }
    }

    /// Generates `samples` continuations of `prompt`. Of `context` everything that agrees with the prompt is reused, so only what is new is
    /// prefilled. Afterwards `context` holds the prompt, and with one sample also what was generated (but for its last token, which
    /// nothing has followed).
    ///
    /// @param listener sees the tokens as they come and may end all rows
    /// @throws BadInputException when the prompt is empty, leaves no room for a token, or has an id that the model does not know
    public List<Sample> generate(Sequence context, int[] prompt, int samples, Generation request, ColumnListener listener) {
        try (ContinuousBatch batch = newBatch(Math.clamp(samples, 1, InferenceGpt.MAXIMUM_TOKENS))) {
            Request asked = batch.submit(context, prompt, samples, request, listener);
            while (batch.step()) {
                // the listener sees the tokens
            }
            return asked.samples();
        }
    }

    /// Generates `samples` continuations of each of many prompts, at most `mostRows` at a time: when one ends, the next takes its place. Sample s of
    /// prompt p draws from stream `p * samples + s` of the request's seed. With f32 weights `mostRows` changes nothing
    /// but the speed; others have products that round differently for one row and for many.
    ///
    /// @param afterEachPrompt called whenever the last sample of a prompt has ended, for instance to show progress
    /// @return for each prompt, in order, its samples
    /// @throws BadInputException as [#generate] does, before anything is generated
    public List<List<Sample>> generateAll(List<int[]> prompts, int samples, int mostRows, Generation request, Runnable afterEachPrompt) {
        prompts.forEach(prompt -> Request.check(gpt, prompt, samples));
        List<List<Sample>> answers = new ArrayList<>(Collections.nCopies(prompts.size(), List.of()));
        Map<Integer, Request> underWay = new LinkedHashMap<>();
        try (ContinuousBatch batch = newBatch(mostRows)) {
            for (int next = 0; next < prompts.size() || !underWay.isEmpty();) {
                for (; next < prompts.size() && underWay.size() < mostRows; next++) {
                    underWay.put(next, batch.submit(prompts.get(next), samples, next * samples, request));
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

    /// Returns the memory of the cache and of the model's activations; weights and workers stay with whoever made them.
    @Override
    public void close() {
        cache.close();
        gpt.close();
    }
}
