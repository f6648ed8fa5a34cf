package nanochat.cli;

import java.util.Optional;
import nanochat.objective.Normalization;
import nanochat.train.PolicyOptions;
import nanochat.train.PolicyOptions.Clip;
import picocli.CommandLine.Option;

/// The options of a policy that a recipe sets, one by one.
final class PolicyOverrides {
    @Option(names = "--clip-low", paramLabel = "X", description = "Learn from no answer that has become less likely than 1 - X times what it was when drawn.")
    private Optional<Double> clipLow = Optional.empty();

    @Option(names = "--clip-high", paramLabel = "X", description = "Nor more likely than 1 + X times. One of the two alone sets both.")
    private Optional<Double> clipHigh = Optional.empty();

    @Option(names = "--updates-per-step", paramLabel = "N", description = "Updates of the weights by the same answers; more than one needs a clip.")
    private Optional<Integer> updatesPerStep = Optional.empty();

    @Option(names = "--kl-coef", paramLabel = "X", description = "What each nat of distance to the model it began with costs.")
    private Optional<Double> klCoefficient = Optional.empty();

    @Option(names = "--std-advantages", paramLabel = "BOOL", arity = "0..1", fallbackValue = "true", description = "Divide advantages by the standard deviation of their group.")
    private Optional<Boolean> standardised = Optional.empty();

    @Option(names = "--loss-normalization", paramLabel = "HOW", description = "What counts alike: ${COMPLETION-CANDIDATES} (token: all tokens; row: all answers; length: all tokens, whatever the answers' lengths).")
    private Optional<Normalization> normalization = Optional.empty();

    @Option(names = "--resample-groups", paramLabel = "N", description = "Replace groups whose answers were all worth the same by further problems, at most N times a step.")
    private Optional<Integer> resamplings = Optional.empty();

    @Option(names = "--length-penalty", paramLabel = "N", description = "Over the last N tokens that an answer may have its reward falls by 1.")
    private Optional<Integer> lengthPenalty = Optional.empty();

    PolicyOptions over(PolicyOptions recipe) {
        Optional<Double> low = clipLow.or(() -> recipe.clip().map(Clip::low)).or(() -> clipHigh);
        Optional<Double> high = clipHigh.or(() -> recipe.clip().map(Clip::high)).or(() -> clipLow);
        return new PolicyOptions(low.flatMap(bound -> high.map(other -> new Clip(bound, other))),
                updatesPerStep.orElse(recipe.updatesPerStep()), klCoefficient.orElse(recipe.klCoefficient()),
                standardised.orElse(recipe.standardised()), normalization.orElse(recipe.normalization()),
                resamplings.orElse(recipe.resamplings()), lengthPenalty.orElse(recipe.lengthPenalty()));
    }
}
