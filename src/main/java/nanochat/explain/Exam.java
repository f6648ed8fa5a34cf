package nanochat.explain;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import nanochat.engine.InferenceGpt;
import nanochat.eval.SequenceScorer;
import nanochat.eval.SequenceScorer.Continuation;
import nanochat.tokenizer.SpecialToken;
import nanochat.tokenizer.Tokenizer;

/// Questions as a model answers them that can only continue text: its answer is the option that it finds likeliest after the context, by the sum of the log
/// probabilities of the option's tokens (docs/formulas.md#the-four-levels). So a model too small to say anything of its own can be right.
record Exam(List<Question> questions) {
    Exam {
        questions = List.copyOf(questions);
    }

    /// What a model made of a question.
    ///
    /// @param logProbabilities of the options, in nats
    record Answer(Question question, double[] logProbabilities) {
        /// Whether the right option is likelier than every other one.
        boolean right() {
            return Arrays.stream(logProbabilities).skip(1).allMatch(wrong -> wrong < logProbabilities[0]);
        }

        /// How a model that has to choose one divides its belief among the options.
        double share(int option) {
            double largest = Arrays.stream(logProbabilities).max().orElseThrow();
            return Math.exp(logProbabilities[option] - largest)
                    / Arrays.stream(logProbabilities).map(each -> Math.exp(each - largest)).sum();
        }
    }

    /// Answers in the order of the questions.
    List<Answer> answers(InferenceGpt gpt, Tokenizer tokenizer) {
        return scored(gpt, tokenizer, true);
    }

    /// The same without having read the question: what is right here is right because the word is common.
    List<Answer> blind(InferenceGpt gpt, Tokenizer tokenizer) {
        return scored(gpt, tokenizer, false);
    }

    private List<Answer> scored(InferenceGpt gpt, Tokenizer tokenizer, boolean withContext) {
        List<Continuation> continuations = new ArrayList<>();
        for (Question question : questions) {
            List<int[]> rows = question.options().stream().map(option -> row(tokenizer, (withContext ? question.context() : "") + option))
                    .toList();
            int from = withContext ? common(rows) : 1;
            rows.forEach(row -> continuations.add(new Continuation(row, from)));
        }
        List<Answer> answers = new ArrayList<>();
        try (SequenceScorer scorer = new SequenceScorer(gpt)) {
            List<SequenceScorer.TokenScores> scores = scorer.scores(continuations);
            int next = 0;
            for (Question question : questions) {
                double[] logProbabilities = new double[question.options().size()];
                for (int option = 0; option < logProbabilities.length; option++) {
                    for (float loss : scores.get(next++).losses()) {
                        logProbabilities[option] -= loss;
                    }
                }
                answers.add(new Answer(question, logProbabilities));
            }
        }
        return answers;
    }

    static int[] row(Tokenizer tokenizer, String text) {
        return IntStream.concat(IntStream.of(tokenizer.id(SpecialToken.BOS)), Arrays.stream(tokenizer.encode(text))).toArray();
    }

    /// How many tokens all begin with; each has at least one more.
    static int common(List<int[]> rows) {
        int[] first = rows.getFirst();
        int common = rows.stream().mapToInt(row -> row.length - 1).min().orElseThrow();
        for (int[] row : rows) {
            int mismatch = Arrays.mismatch(first, row);
            common = mismatch < 0 ? common : Math.min(common, mismatch);
        }
        return Math.max(1, common);
    }

    /// The share of the answers that are right, by level.
    static Map<Question.Level, Double> right(List<Answer> answers) {
        Map<Question.Level, Double> shares = new EnumMap<>(Question.Level.class);
        for (Question.Level level : Question.Level.values()) {
            shares.put(level, of(answers, level).mapToDouble(answer -> answer.right() ? 1 : 0).average().orElse(0));
        }
        return shares;
    }

    /// The share that guessing gets right, by level.
    Map<Question.Level, Double> chance() {
        Map<Question.Level, Double> shares = new EnumMap<>(Question.Level.class);
        for (Question.Level level : Question.Level.values()) {
            shares.put(level, questions.stream().filter(question -> question.level() == level).mapToDouble(Question::chance).average()
                    .orElse(0));
        }
        return shares;
    }

    static Stream<Answer> of(List<Answer> answers, Question.Level level) {
        return answers.stream().filter(answer -> answer.question().level() == level);
    }
}
