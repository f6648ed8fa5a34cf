package nanochat.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import nanochat.data.corpus.CorpusLanguage;
import nanochat.data.corpus.Split;
import nanochat.engine.ColumnListener;
import nanochat.engine.Drafts;
import nanochat.engine.Engine;
import nanochat.engine.Generation;
import nanochat.engine.Sampling;
import nanochat.tokenizer.SpecialToken;
import nanochat.tokenizer.Tokenizer;

/// How much sooner one row is decoded when somebody drafts for it: a trained model goes on with beginnings of built-in texts that training never shows,
/// with and without drafts in turn.
///
/// @param prompts              how many texts
/// @param promptTokens         of each, bos included
/// @param decodeTokens         of each answer
/// @param tokensPerSecond      with drafts, from the first token on: the median of some rounds over all texts
/// @param plainTokensPerSecond without
/// @param acceptedPerStep      how many guessed tokens a pass over them added to the one that it gives anyway
/// @param guessedPerStep       how many there were to accept
/// @param identical            whether all answers had the same tokens
public record DraftBenchmark(int prompts, int promptTokens, int decodeTokens, double tokensPerSecond, double plainTokensPerSecond,
        double acceptedPerStep, double guessedPerStep, boolean identical) {
    private static final int PROMPTS = 8;
    private static final int WARM_UP_ROUNDS = 2;
    private static final int ROUNDS = 5;
    private static final long SEED = 1;

    /// Times both.
    ///
    /// @param plain without drafts
    /// @param drafting another engine of the same model, with them
    /// @param promptTokens at most; no more than a quarter of the context
    /// @param decodeTokens at most; no more than fit
    public static DraftBenchmark run(Engine plain, Engine drafting, int promptTokens, int decodeTokens, double temperature) {
        int context = plain.maximumLength();
        int read = Math.clamp(promptTokens, 1, Math.max(1, context / 4));
        int decoded = Math.min(decodeTokens, context - read);
        List<int[]> prompts = prompts(plain.tokenizer(), read);
        Generation request = new Generation(decoded, Sampling.atTemperature(temperature), SEED, Set.of());
        boolean identical = true;
        double[] plainRates = new double[ROUNDS];
        double[] draftRates = new double[ROUNDS];
        Drafts before = drafting.drafts();
        for (int round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
            if (round == 0) {
                before = drafting.drafts();
            }
            Timed plainly = new Timed(plain, prompts, request);
            Timed drafted = new Timed(drafting, prompts, request);
            identical &= plainly.equalsAll(drafted);
            if (round >= 0) {
                plainRates[round] = plainly.tokensPerSecond();
                draftRates[round] = drafted.tokensPerSecond();
            }
        }
        Drafts drafts = drafting.drafts().since(before);
        return new DraftBenchmark(PROMPTS, read, decoded, median(draftRates), median(plainRates), drafts.acceptedPerPass(),
                drafts.passes() == 0 ? 0 : drafts.guessed() / (double) drafts.passes(), identical);
    }

    private static List<int[]> prompts(Tokenizer tokenizer, int tokens) {
        int bos = tokenizer.id(SpecialToken.BOS);
        return CorpusLanguage.EN.corpus(SEED).documents(Split.VALIDATION)
                .map(text -> IntStream.concat(IntStream.of(bos), IntStream.of(tokenizer.encode(text))).limit(tokens).toArray())
                .filter(prompt -> prompt.length == tokens).limit(PROMPTS).toList();
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /// A round over all texts.
    private static final class Timed {
        private final List<int[]> answers = new ArrayList<>();
        private long nanos;
        private int tokens;
        private long first;

        Timed(Engine engine, List<int[]> prompts, Generation request) {
            for (int[] prompt : prompts) {
                first = 0;
                ColumnListener clock = column -> {
                    if (first == 0 && column.token(0) != ColumnListener.Column.ENDED) {
                        first = System.nanoTime();
                    }
                    return true;
                };
                answers.add(engine.generate(prompt, 1, request, clock).getFirst().tokens());
                nanos += System.nanoTime() - first;
                tokens += answers.getLast().length - 1;
            }
        }

        double tokensPerSecond() {
            return tokens / (nanos * 1e-9);
        }

        boolean equalsAll(Timed other) {
            return IntStream.range(0, answers.size()).allMatch(i -> Arrays.equals(answers.get(i), other.answers.get(i)));
        }
    }
}
