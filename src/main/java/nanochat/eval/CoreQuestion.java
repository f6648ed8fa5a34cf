package nanochat.eval;

import java.util.Arrays;
import java.util.List;
import nanochat.eval.SequenceScorer.Continuation;
import nanochat.eval.SequenceScorer.TokenScores;

/// An example as a model is asked it, and how its scores become right or wrong.
///
/// @param options what is scored: of a choice every option, else the one text
record CoreQuestion(CoreExample example, List<Continuation> options) {
    /// @param sequences the tokens of the example's prompts, in their order, each beginning with bos
    /// @param limit the most tokens of a sequence: of a longer one the last are kept
    static CoreQuestion of(CoreExample example, List<int[]> sequences, int limit) {
        List<Continuation> options = switch (example) {
            case CoreExample.MultipleChoice _ -> {
                int common = commonPrefix(sequences);
                yield sequences.stream().map(tokens -> continuation(tokens, common, limit)).toList();
            }
            case CoreExample.Schema _ -> {
                int common = commonSuffix(sequences);
                yield sequences.stream().map(tokens -> continuation(tokens, tokens.length - common, limit)).toList();
            }
            // Where the end of the context and the beginning of the continuation became one token, the common prefix is shorter than the context.
            case CoreExample.LanguageModeling _ -> List.of(continuation(sequences.getLast(), commonPrefix(sequences), limit));
        };
        return new CoreQuestion(example, options);
    }

    private static Continuation continuation(int[] tokens, int from, int limit) {
        int cut = Math.max(0, tokens.length - limit);
        return new Continuation(cut == 0 ? tokens : Arrays.copyOfRange(tokens, cut, tokens.length), Math.max(1, from - cut));
    }

    private static int commonPrefix(List<int[]> sequences) {
        int[] first = sequences.getFirst();
        int common = first.length;
        for (int[] other : sequences) {
            int mismatch = Arrays.mismatch(first, other);
            common = mismatch < 0 ? common : Math.min(common, mismatch);
        }
        return common;
    }

    private static int commonSuffix(List<int[]> sequences) {
        int[] first = sequences.getFirst();
        int common = first.length;
        for (int[] other : sequences) {
            int same = 0;
            while (same < Math.min(common, other.length) && other[other.length - 1 - same] == first[first.length - 1 - same]) {
                same++;
            }
            common = same;
        }
        return common;
    }

    /// Tokens of all options.
    int tokens() {
        return options.stream().mapToInt(option -> option.tokens().length).sum();
    }

    /// Of a choice: whether the right option has the lowest mean loss, of equal ones the first. Of a text: whether each token of its end was the
    /// model's first choice.
    boolean isRight(List<TokenScores> scores) {
        return switch (example) {
            case CoreExample.MultipleChoice choice -> lowest(scores) == choice.gold();
            case CoreExample.Schema schema -> lowest(scores) == schema.gold();
            case CoreExample.LanguageModeling _ -> scores.getFirst().allLikeliest();
        };
    }

    private static int lowest(List<TokenScores> scores) {
        int best = 0;
        for (int i = 1; i < scores.size(); i++) {
            best = scores.get(i).meanLoss() < scores.get(best).meanLoss() ? i : best;
        }
        return best;
    }
}
