package nanochat.compare;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import nanochat.compare.TextPass.Ask;
import nanochat.objective.ObjectiveChoice;
import nanochat.tensor.Visibility;

/// How well a text suits a model, by the rule of its objective; higher is better. Texts that differ in a stretch alone are compared by it
/// (docs/objectives.md#blanks).
enum ScoringRule {
    /// The logarithm of the probability of all tokens from the stretch to the end, each after those before it.
    LEFT_TO_RIGHT {
        @Override
        double score(TextPass pass, int mask, Candidate candidate) {
            return following(pass, pass.leftToRight(), candidate);
        }
    },
    /// The same; what comes before the stretch is a prefix that is seen in both directions.
    AFTER_PREFIX {
        @Override
        double score(TextPass pass, int mask, Candidate candidate) {
            Visibility prefix = new Visibility.Prefix(List.of(candidate.from));
            return following(pass, _ -> prefix, candidate);
        }
    },
    /// The pseudo-log-likelihood of the text: the sum over all its tokens, each hidden alone (arXiv 1910.14659).
    EACH_HIDDEN_ALONE {
        @Override
        double score(TextPass pass, int mask, Candidate candidate) {
            int[] text = candidate.text;
            List<int[]> texts = TextPass.copies(text, text.length - 1);
            List<Ask> asks = new ArrayList<>();
            for (int i = 1; i < text.length; i++) {
                texts.get(i - 1)[i] = mask;
                asks.add(new Ask(i - 1, i, text[i]));
            }
            return sum(pass.logProbabilities(texts, ScoringRule::bothDirections, asks));
        }
    },
    /// The bound of diffusion on the logarithm of the probability of the stretch, all else seen: over every set of its n tokens that can be hidden,
    /// Σ over l from 1 to n of the mean over the sets of l tokens of (1/l) Σ over the hidden of ln p. All sets are asked, so nothing is drawn.
    EVERY_SET_HIDDEN {
        @Override
        double score(TextPass pass, int mask, Candidate candidate) {
            int[] text = candidate.text;
            int count = candidate.to - candidate.from;
            List<int[]> texts = TextPass.copies(text, (1 << count) - 1);
            List<Ask> asks = new ArrayList<>();
            List<Double> weights = new ArrayList<>();
            for (int set = 1; set < 1 << count; set++) {
                int hidden = Integer.bitCount(set);
                for (int i = 0; i < count; i++) {
                    if ((set >> i & 1) == 1) {
                        texts.get(set - 1)[candidate.from + i] = mask;
                        asks.add(new Ask(set - 1, candidate.from + i, text[candidate.from + i]));
                        weights.add(1.0 / (hidden * binomial(count, hidden)));
                    }
                }
            }
            double[] each = pass.logProbabilities(texts, ScoringRule::bothDirections, asks);
            return IntStream.range(0, each.length).mapToDouble(i -> weights.get(i) * each[i]).sum();
        }
    };

    /// Tokens of a stretch of which every set can be asked.
    static final int LONGEST_STRETCH = 5;

    /// A text with the stretch in which it differs from others.
    ///
    /// @param from the first token of the stretch, at least 1
    /// @param to the token after its last one
    record Candidate(int[] text, int from, int to) {
        Candidate {
            if (from < 1 || from >= to || to > text.length) {
                throw new IllegalArgumentException("tokens " + from + " to " + to + " of " + text.length);
            }
        }
    }

    /// @param mask the token that stands for a hidden one; not asked where nothing is hidden
    abstract double score(TextPass pass, int mask, Candidate candidate);

    /// The rule of an objective; empty where it has none by which texts could be compared.
    static Optional<ScoringRule> of(ObjectiveChoice objective) {
        return switch (objective) {
            case ObjectiveChoice.OfNextToken _,ObjectiveChoice.OfMultiToken _,ObjectiveChoice.OfNextTokenJepa _ -> Optional.of(
                    LEFT_TO_RIGHT);
            case ObjectiveChoice.OfPrefix _,ObjectiveChoice.OfUl2 _ -> Optional.of(AFTER_PREFIX);
            case ObjectiveChoice.OfMasked _ -> Optional.of(EACH_HIDDEN_ALONE);
            case ObjectiveChoice.OfDiffusion _ -> Optional.of(EVERY_SET_HIDDEN);
            case ObjectiveChoice.OfBlockDiffusion _,ObjectiveChoice.OfGaussianDiffusion _,ObjectiveChoice.OfJepa _ -> Optional.empty();
        };
    }

    /// Whether a model that is scored so fills blanks.
    boolean fillsBlanks() {
        return this == EACH_HIDDEN_ALONE || this == EVERY_SET_HIDDEN;
    }

    /// What a model of an objective sees of a text that is read whole.
    static IntFunction<Visibility> sight(ObjectiveChoice objective, TextPass pass) {
        if (objective instanceof ObjectiveChoice.OfBlockDiffusion(int size)) {
            return _ -> new Visibility.Blocks(size);
        }
        return objective.writesOn() && !objective.seesWholeRow() ? pass.leftToRight() : ScoringRule::bothDirections;
    }

    private static Visibility bothDirections(@SuppressWarnings("unused") int layer) {
        return new Visibility.BothDirections();
    }

    private static double following(TextPass pass, IntFunction<Visibility> sight, Candidate candidate) {
        List<Ask> asks = IntStream.range(candidate.from, candidate.text.length).mapToObj(i -> new Ask(0, i - 1, candidate.text[i]))
                .toList();
        return sum(pass.logProbabilities(Collections.singletonList(candidate.text), sight, asks));
    }

    private static double sum(double[] values) {
        return IntStream.range(0, values.length).mapToDouble(i -> values[i]).sum();
    }

    private static long binomial(int n, int k) {
        long result = 1;
        for (int i = 1; i <= k; i++) {
            result = result * (n - k + i) / i;
        }
        return result;
    }
}
