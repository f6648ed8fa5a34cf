package nanochat.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import nanochat.engine.kernel.Rows;
import nanochat.engine.tool.ToolUse;
import nanochat.io.BadInputException;
import nanochat.tokenizer.Tokenizer;

/// A prompt that waits to be continued, is being continued, or has been. For the caller of its [ContinuousBatch], between steps.
public final class Request {
    private final Sequence context;
    private final boolean ownsContext;
    private final int[] prompt;
    private final int samples;
    private final int firstStream;
    private final Generation generation;
    private final ColumnListener listener;
    private final NewestColumn column = new NewestColumn();
    private final List<GrowingSample> rows = new ArrayList<>();
    private final int vocabularySize;
    private Rows promptLogits = Rows.NONE;
    private boolean cancelled;

    /// @param ownsContext whether the context is given back when the last sample has ended
    Request(InferenceGpt gpt, Sequence context, boolean ownsContext, int[] prompt, int samples, int firstStream, Generation generation,
            ColumnListener listener) {
        check(gpt, prompt, samples);
        this.vocabularySize = gpt.config().vocabularySize();
        this.context = context;
        this.ownsContext = ownsContext;
        this.prompt = prompt.clone();
        this.samples = samples;
        this.firstStream = firstStream;
        this.generation = generation;
        this.listener = listener;
    }

    /// @throws BadInputException for what [ContinuousBatch#submit] refuses
    static void check(InferenceGpt gpt, int[] prompt, int samples) {
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
    }

    /// Whether all samples have ended.
    public boolean isDone() {
        return samplesLeft() == 0 && rows.stream().allMatch(GrowingSample::hasEnded);
    }

    /// The samples in order; those that have not ended are as they are now, and those that have not begun are missing.
    public List<Sample> samples() {
        return rows.stream().map(GrowingSample::sample).toList();
    }

    /// What has to be prefilled.
    InferenceGpt.Prompt prompt() {
        context.keepCommonPrefix(prompt);
        return new InferenceGpt.Prompt(context, prompt);
    }

    /// Keeps the logits after the prompt for samples that begin later.
    void keepLogits(Rows logits, int row) {
        promptLogits = logits.copyOfRow(row);
    }

    int samplesLeft() {
        return cancelled ? 0 : samples - rows.size();
    }

    /// The next sample's row. The last one of a request that owns its context takes it, so that nothing is copied.
    GrowingSample begin(Optional<Tokenizer> tokenizer) {
        boolean takesContext = samples == 1 || ownsContext && samplesLeft() == 1;
        GrowingSample row = new GrowingSample(takesContext ? context : context.fork(), takesContext && !ownsContext, promptLogits,
                generation.sampling().sampler(vocabularySize, generation.seed(), firstStream + rows.size()), tokenizer.map(ToolUse::new),
                generation);
        rows.add(row);
        if (samplesLeft() == 0) {
            promptLogits = Rows.NONE;
        }
        return row;
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

    void tellListener() {
        if (!cancelled && !listener.accept(column)) {
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
        public int token(int row) {
            return row < rows.size() ? rows.get(row).newestToken() : ENDED;
        }

        @Override
        public boolean sampled(int row) {
            return row < rows.size() && rows.get(row).newestIsSampled();
        }
    }
}
