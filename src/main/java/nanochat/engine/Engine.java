package nanochat.engine;

import java.util.ArrayList;
import java.util.List;
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
    private final InferenceGpt gpt;
    private final Optional<Tokenizer> tokenizer;
    private final KvCache cache;
    private final Workers workers;
    private final Workers.Step chooseStep = this::choose;

    // The request under way.
    private Row[] active = new Row[0];
    private Sequence[] sequences = new Sequence[0];
    private int[] tokens = new int[0];
    private boolean afterPrefill;

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
        this.workers = gpt.workers();
    }

    /// The model that generates.
    public InferenceGpt gpt() {
        return gpt;
    }

    /// The most tokens of prompt and answer together.
    public int maximumLength() {
        return cache.maximumLength();
    }

    /// Bytes of weights, caches and activations so far.
    public long bytes() {
        return gpt.weights().bytes() + cache.bytes() + gpt.activationBytes();
    }

    /// An empty context, for [#generate(Sequence, int[], int, Generation, ColumnListener)]; to be released by the caller.
    public Sequence newContext() {
        return cache.newSequence();
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
        check(prompt, samples);
        int known = context.keepCommonPrefix(prompt);
        gpt.prefill(context, prompt, known, prompt.length);
        List<Row> rows = new ArrayList<>();
        try {
            for (int i = 0; i < samples; i++) {
                rows.add(new Row(samples == 1 ? context : context.fork(),
                        request.sampling().sampler(gpt.config().vocabularySize(), request.seed(), i), tokenizer.map(ToolUse::new),
                        request));
            }
            decode(rows, listener);
            return rows.stream().map(Row::sample).toList();
        } finally {
            rows.stream().filter(row -> row.sequence() != context).forEach(row -> row.sequence().release());
        }
    }

    private void check(int[] prompt, int samples) {
        if (prompt.length == 0) {
            throw new BadInputException("The prompt is empty: start it with the bos token");
        }
        if (prompt.length >= cache.maximumLength()) {
            throw new BadInputException("The prompt has " + prompt.length + " tokens; the engine holds " + cache.maximumLength()
                    + " with the answer");
        }
        if (samples < 1 || samples > InferenceGpt.MAXIMUM_TOKENS) {
            throw new BadInputException("From 1 to " + InferenceGpt.MAXIMUM_TOKENS + " samples can be generated, not " + samples);
        }
        for (int token : prompt) {
            if (token < 0 || token >= gpt.config().vocabularySize()) {
                throw new BadInputException("The prompt has the token id " + token + ", the model knows 0 to "
                        + (gpt.config().vocabularySize() - 1));
            }
        }
    }

    private void decode(List<Row> rows, ColumnListener listener) {
        active = rows.toArray(Row[]::new);
        sequences = new Sequence[rows.size()];
        tokens = new int[rows.size()];
        NewestColumn column = new NewestColumn(rows);
        int count = rows.size();
        afterPrefill = true;
        while (true) {
            workers.run(count, chooseStep);
            afterPrefill = false;
            for (int i = 0; i < count; i++) {
                active[i].take();
            }
            if (!listener.accept(column.next())) {
                rows.stream().filter(row -> !row.hasEnded()).forEach(row -> row.end(Sample.End.CANCELLED));
            }
            count = dropEnded(count);
            if (count == 0) {
                return;
            }
            gpt.decode(sequences, tokens, count);
        }
    }

    /// Every row draws its own first token from the logits of the prompt.
    private void choose(int row, int worker) {
        active[row].choose(gpt.logits(), afterPrefill ? 0 : row);
    }

    /// Moves the rows that go on to the front and lists their sequences and newest tokens.
    private int dropEnded(int count) {
        int left = 0;
        for (int i = 0; i < count; i++) {
            Row row = active[i];
            if (!row.hasEnded()) {
                active[left] = row;
                sequences[left] = row.sequence();
                tokens[left++] = row.token(row.length() - 1);
            }
        }
        return left;
    }

    /// What the listener sees: the tokens taken since it was last called.
    private static final class NewestColumn implements ColumnListener.Column {
        private final List<Row> rows;
        private int step;

        NewestColumn(List<Row> rows) {
            this.rows = rows;
        }

        NewestColumn next() {
            step++;
            return this;
        }

        @Override
        public int rows() {
            return rows.size();
        }

        @Override
        public int token(int row) {
            return rows.get(row).length() < step ? ENDED : rows.get(row).token(step - 1);
        }

        @Override
        public boolean sampled(int row) {
            return rows.get(row).length() >= step && rows.get(row).sampled(step - 1);
        }
    }

    /// Returns the memory of the cache and of the model's activations; weights and workers stay with whoever made them.
    @Override
    public void close() {
        cache.close();
        gpt.close();
    }
}
