package nanochat.eval;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import nanochat.engine.Engine;
import nanochat.engine.InferenceGpt;
import nanochat.eval.SequenceScorer.Continuation;
import nanochat.eval.SequenceScorer.TokenScores;
import nanochat.io.BadInputException;
import nanochat.tokenizer.SpecialToken;
import nanochat.tokenizer.Tokenizer;

/// Asks a base model the tasks of the CORE evaluation (docs/formulas.md#evaluation): questions are put as texts, and what counts is how likely the model finds each
/// answer. Many examples are scored together; memory is bounded by the longest of them and by the largest task's file.
public final class CoreEvaluation implements AutoCloseable {
    /// Every example; no limit for [#measure].
    public static final int ALL = Integer.MAX_VALUE;

    /// Tokens that are prepared and scored together: enough to fill passes, few enough to show progress and to be no burden on memory.
    private static final int BATCH_TOKENS = 1 << 15;

    /// The original's models take sequences of up to so many times the length they were trained on; its figures come from whole prompts.
    private static final int LENGTHS = 10;

    private final InferenceGpt gpt;
    private final SequenceScorer scorer;
    private final Tokenizer tokenizer;
    private final int limit;

    /// Told how far the evaluation is.
    @FunctionalInterface
    public interface Observer {
        /// Called at the beginning of every task and after every batch of examples.
        ///
        /// @param done examples of the task asked so far
        /// @param right of these
        /// @param of how many
        void asked(CoreTask task, int done, int right, int of);
    }

    /// @param gpt with as much room as sequences may have tokens; closed with this
    CoreEvaluation(InferenceGpt gpt, Tokenizer tokenizer) {
        this.gpt = gpt;
        this.scorer = new SequenceScorer(gpt);
        this.tokenizer = tokenizer;
        this.limit = scorer.maximumLength();
    }

    /// Of the model that `engine` runs.
    public static CoreEvaluation of(Engine engine) {
        return new CoreEvaluation(engine.passes(LENGTHS * engine.config().sequenceLength()), engine.tokenizer());
    }

    /// Asks the examples of all tasks.
    ///
    /// @param most how many examples of a task at most, or [#ALL]; the others then do not serve as solved examples either
    /// @param observer may end all by an exception
    /// @throws BadInputException when the file of a task is missing or wrong
    public CoreScores measure(CoreBundle bundle, int most, Observer observer) {
        if (most < 1) {
            throw new BadInputException("--max-per-task must be at least 1, or -1 for all, is " + most);
        }
        Map<String, CoreScore> scores = new LinkedHashMap<>();
        for (CoreTask task : bundle.tasks()) {
            scores.put(task.label(), measure(task, most, observer));
        }
        return CoreScores.of(scores);
    }

    private CoreScore measure(CoreTask task, int most, Observer observer) {
        List<CoreExample> examples = task.examples(most);
        observer.asked(task, 0, 0, examples.size());
        int right = 0;
        int done = 0;
        while (done < examples.size()) {
            List<CoreQuestion> batch = new ArrayList<>();
            for (int tokens = 0; done < examples.size() && tokens < BATCH_TOKENS; done++) {
                CoreQuestion question = CoreQuestion.of(examples.get(done), encode(task.prompts(examples, done)), limit);
                batch.add(question);
                tokens += question.tokens();
            }
            right += right(batch);
            observer.asked(task, done, right, examples.size());
        }
        double accuracy = (double) right / examples.size();
        return new CoreScore(accuracy, task.centred(accuracy), examples.size());
    }

    private List<int[]> encode(List<String> prompts) {
        int bos = tokenizer.id(SpecialToken.BOS);
        List<int[]> sequences = new ArrayList<>();
        for (String prompt : prompts) {
            int[] text = tokenizer.encode(prompt);
            int[] tokens = new int[text.length + 1];
            tokens[0] = bos;
            System.arraycopy(text, 0, tokens, 1, text.length);
            sequences.add(tokens);
        }
        return sequences;
    }

    private int right(List<CoreQuestion> questions) {
        List<Continuation> continuations = questions.stream().flatMap(question -> question.options().stream()).toList();
        List<TokenScores> scores = scorer.scores(continuations);
        int right = 0;
        int at = 0;
        for (CoreQuestion question : questions) {
            int end = at + question.options().size();
            right += question.isRight(scores.subList(at, end)) ? 1 : 0;
            at = end;
        }
        return right;
    }

    @Override
    public void close() {
        scorer.close();
        gpt.close();
    }
}
