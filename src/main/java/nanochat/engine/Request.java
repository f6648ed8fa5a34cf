package nanochat.engine;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import nanochat.engine.kernel.Rows;
import nanochat.engine.tool.ToolUse;
import nanochat.io.BadInputException;
import nanochat.tokenizer.Tokenizer;

/// A prompt that waits to be continued, is being continued, or has been. For the caller of its [ContinuousBatch], between steps.
public final class Request {
    private final KvCache cache;
    private final Sequence context;
    private final boolean ownsContext;
    private final int[] prompt;
    private final int samples;
    private final int firstStream;
    private final Generation generation;
    private final Optional<String> scope;
    private final ColumnListener listener;
    private final NewestColumn column = new NewestColumn();
    private final List<GrowingSample> rows = new ArrayList<>();
    private final int vocabularySize;
    /// Pages for the prompt, and for each sample under way beside it.
    private final long promptPages;
    private final long samplePages;
    private Rows promptLogits = Rows.NONE;
    /// Of the prompt's tokens from the second on, where they are asked for.
    private final List<TokenLikelihood> promptLikelihoods = new ArrayList<>();
    private int reused;
    private int readEnd;
    /// Tokens of the prompt of which a copy is kept.
    private int kept;
    private boolean started;
    private boolean isRead;
    /// Samples whose pages are reserved: those under way, and while others are to follow at least one, so that no request ever waits for another
    /// that waits for it.
    private int reservedSamples;
    private boolean cancelled;
    private boolean endAsked;
    private boolean disposesAtOnce;

    /// @param ownsContext whether the context is given back when the last sample has ended
    /// @param scope with whose requests it shares what it reads: none where it is empty
    Request(InferenceGpt gpt, KvCache cache, Sequence context, boolean ownsContext, int[] prompt, int samples, int firstStream,
            Generation generation, Optional<String> scope, ColumnListener listener) {
        check(gpt, cache, prompt, samples, generation);
        context.checkOwner();
        this.vocabularySize = gpt.config().vocabularySize();
        this.cache = cache;
        this.context = context;
        this.ownsContext = ownsContext;
        this.prompt = prompt.clone();
        this.samples = samples;
        this.firstStream = firstStream;
        this.generation = generation;
        this.scope = scope;
        this.listener = listener;
        this.promptPages = promptPages(cache, prompt, samples);
        this.samplePages = samplePages(cache, prompt, samples, generation);
    }

    /// Rows that the listener ends are done with before it goes on. Not for rows whose sequences may hold what is only guessed.
    Request disposingAtOnce() {
        disposesAtOnce = true;
        return this;
    }

    private static long promptPages(KvCache cache, int[] prompt, int samples) {
        return samples == 1 ? 0 : cache.pagesBetween(0, prompt.length);
    }

    private static long samplePages(KvCache cache, int[] prompt, int samples, Generation generation) {
        return cache.pagesBetween(samples == 1 ? 0 : prompt.length, length(cache, prompt, generation));
    }

    /// The most tokens of the prompt with an answer.
    private static int length(KvCache cache, int[] prompt, Generation generation) {
        return (int) Math.min(cache.maximumLength(), (long) prompt.length + generation.maximumTokens());
    }

    /// @throws BadInputException for what [ContinuousBatch#submit] refuses
    static void check(InferenceGpt gpt, KvCache cache, int[] prompt, int samples, Generation generation) {
        int vocabularySize = gpt.config().vocabularySize();
        if (prompt.length == 0) {
            throw new BadInputException("The prompt is empty: start it with the bos token");
        }
        if (prompt.length >= gpt.maximumLength()) {
            throw new BadInputException(
                    "The prompt has " + prompt.length + " tokens; the engine holds " + gpt.maximumLength() + " with the answer");
        }
        if (samples < 1) {
            throw new BadInputException("At least one sample must be asked for, not " + samples);
        }
        for (int token : prompt) {
            if (token < 0 || token >= vocabularySize) {
                throw new BadInputException("The prompt has the token id " + token + ", the model knows 0 to " + (vocabularySize - 1));
            }
        }
        long pages = promptPages(cache, prompt, samples) + samplePages(cache, prompt, samples, generation);
        if (pages > cache.mostPages()) {
            throw new BadInputException(String.format(Locale.ROOT,
                    "A prompt of %d tokens needs %.1f MB for keys and values with its answer, %d tokens together; the engine's cache has %.1f MB."
                            + " Ask for a shorter answer (maximumTokens), or give the engine a larger cache (cacheBytes).",
                    prompt.length, cache.bytes(pages) * 1e-6, length(cache, prompt, generation), cache.mostBytes() * 1e-6));
        }
    }

    /// Whether all samples have ended.
    public boolean isDone() {
        return samplesLeft() == 0 && samplesUnderWay() == 0;
    }

    /// The samples in order; those that have not ended are as they are now, and those that have not begun are missing.
    public List<Sample> samples() {
        return rows.stream().map(GrowingSample::sample).toList();
    }

    /// Takes memory for the prompt and one sample, and what the context has in common with the prompt; or waits where there is no memory.
    boolean start() {
        if (!cache.reserve(promptPages + samplePages)) {
            return false;
        }
        started = true;
        reservedSamples = 1;
        cache.setInUse(context);
        if (tellsPrompt()) {
            context.truncate(0); // what is kept has no logits any more
        }
        context.keepCommonPrefix(prompt);
        if (scope.isPresent() && !tellsPrompt()) {
            cache.takeKept(scope.get(), prompt, context);
        }
        reused = context.length();
        kept = reused;
        return true;
    }

    /// Keeps what has been read for others, at the end of the prompt, and before it wherever a layer with a window is about to give keys back: so whatever
    /// another prompt has in common with this one, it can go on from there. Whole pages only, which no row copies to write to them.
    void keepRead() {
        int whole = context.length() / KvCache.PAGE * KvCache.PAGE;
        if (scope.isPresent() && !cancelled && whole > kept && (isRead || whole >= kept + KvCache.SLACK)) {
            Sequence beginning = context.fork();
            beginning.truncate(whole);
            cache.keep(scope.get(), beginning);
            kept = whole;
        }
    }

    /// Tokens of the prompt that have been read.
    int read() {
        return context.length();
    }

    int promptLength() {
        return prompt.length;
    }

    private boolean tellsPrompt() {
        return generation.likelihoods() == Generation.Likelihoods.OF_PROMPT_AND_ANSWER;
    }

    /// Says how far the prompt is read next.
    void readUpTo(int end) {
        readEnd = end;
    }

    /// The tokens of the prompt that are read next.
    InferenceGpt.Stretch nextStretch() {
        return new InferenceGpt.Stretch(context, prompt, context.length(), readEnd, tellsPrompt() ? 0 : prompt.length - 1);
    }

    /// Takes the logits after token `index` of the prompt; those after the last one are kept for samples that begin later.
    void keepLogits(int index, Rows logits, int row) {
        if (index < prompt.length - 1) {
            promptLikelihoods.add(TokenLikelihood.of(logits, row, prompt[index + 1]));
        } else {
            promptLogits = logits.copyOfRow(row);
            isRead = true;
        }
    }

    /// Whether samples can begin: the prompt has been read, samples are left and memory for another is there, which is then taken.
    boolean mayBegin() {
        if (samplesLeft() == 0 || !isRead) {
            return false;
        }
        if (reservedSamples == samplesUnderWay()) {
            if (!cache.reserve(samplePages)) {
                return false;
            }
            reservedSamples++;
        }
        return true;
    }

    private int samplesUnderWay() {
        int count = 0;
        for (int i = 0; i < rows.size(); i++) { // asked in every step: a stream would be garbage
            count += rows.get(i).hasEnded() ? 0 : 1;
        }
        return count;
    }

    /// Gives back what is reserved for samples that have ended, and in the end everything.
    void settle() {
        if (!started) {
            return;
        }
        int needed = Math.max(samplesUnderWay(), Math.min(1, samplesLeft()));
        cache.unreserve((reservedSamples - needed) * samplePages);
        reservedSamples = needed;
        if (isDone()) {
            started = false;
            cache.unreserve(promptPages);
            if (!ownsContext) {
                cache.setIdle(context);
            }
        }
    }

    int samplesLeft() {
        return cancelled ? 0 : samples - rows.size();
    }

    /// The next sample's row. The last one of a request that owns its context takes it, so that nothing is copied.
    GrowingSample begin(Optional<Tokenizer> tokenizer) {
        boolean takesContext = samples == 1 || ownsContext && samplesLeft() == 1;
        GrowingSample row = new GrowingSample(takesContext ? context : context.fork(), takesContext && !ownsContext
                ? _ -> {}
                : this::dispose,
                promptLogits,
                generation.sampling().sampler(vocabularySize, generation.seed(), firstStream + rows.size()),
                tokenizer.filter(_ -> generation.tools()).map(ToolUse::new), generation);
        rows.add(row);
        if (samplesLeft() == 0) {
            promptLogits = Rows.NONE;
        }
        return row;
    }

    private void dispose(Sequence sequence) {
        if (scope.isPresent()) {
            cache.keep(scope.get(), sequence);
        } else {
            sequence.release();
        }
    }

    /// Ends all rows and begins no more.
    public void cancel() {
        cancelled = true;
        rows.stream().filter(row -> !row.hasEnded()).forEach(row -> row.end(Sample.End.CANCELLED));
        if (ownsContext && rows.size() < samples) {
            context.release();
        }
        promptLogits = Rows.NONE;
    }

    /// On any thread, while nobody else touches this request.
    void tellListener() {
        endAsked = !cancelled && !listener.accept(column);
        for (int i = 0; i < rows.size(); i++) { // after every step: a stream would be garbage
            if (rows.get(i).hasEnded()) {
                rows.get(i).forgetNewest();
            }
        }
    }

    /// Does as the listener said.
    void heedListener() {
        if (endAsked) {
            cancel();
        }
    }

    /// What the listener sees: the tokens taken in the last step.
    private final class NewestColumn implements ColumnListener.Column {
        @Override
        public int rows() {
            return samples;
        }

        @Override
        public int reusedTokens() {
            return reused;
        }

        @Override
        public int token(int row) {
            return row < rows.size() ? rows.get(row).newestToken() : ENDED;
        }

        @Override
        public boolean sampled(int row) {
            return row < rows.size() && rows.get(row).newestIsSampled();
        }

        @Override
        public Optional<TokenLikelihood> likelihood(int row) {
            return row < rows.size() ? rows.get(row).newestLikelihood() : Optional.empty();
        }

        @Override
        public List<TokenLikelihood> promptLikelihoods() {
            return Collections.unmodifiableList(promptLikelihoods);
        }

        @Override
        public Optional<Sample.End> end(int row) {
            return row < rows.size() ? rows.get(row).reasonOfEnd() : Optional.empty();
        }

        @Override
        public void stop(int row) {
            if (row < rows.size() && !rows.get(row).hasEnded()) {
                rows.get(row).end(Sample.End.STOPPED);
                if (disposesAtOnce && scope.isPresent()) { // whom the listener tells of the end may ask at once for what is kept of it
                    rows.get(row).release();
                }
            }
        }
    }
}
