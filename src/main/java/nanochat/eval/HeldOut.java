package nanochat.eval;

import java.util.Locale;
import java.util.Optional;
import nanochat.objective.Likelihood;

/// What a model makes of held-out text, by its own objective. Exact bits per byte, a bound of them, and the loss of hidden tokens are three different
/// things, none of which says anything about another; so each has a field of its own.
///
/// @param likelihood what the losses say of the text's probability
/// @param loss their mean over the tokens that are measured, in nats
/// @param bitsPerByte where they say it exactly
/// @param bitsPerByteBound where they are a bound: the true figure is lower
public record HeldOut(Likelihood likelihood, double loss, Optional<Double> bitsPerByte, Optional<Double> bitsPerByteBound) {
    /// @param sums of all losses
    public static HeldOut of(Likelihood likelihood, BitsPerByte sums) {
        Optional<Double> value = Optional.of(sums.value());
        return new HeldOut(likelihood, sums.nats() / sums.tokens(), value.filter(_ -> likelihood == Likelihood.EXACT), value.filter(
                _ -> likelihood == Likelihood.BOUND));
    }

    /// For people.
    public String inWords() {
        return switch (likelihood) {
            case EXACT -> "bits per byte: " + decimals(bitsPerByte.orElse(loss));
            case BOUND -> "bits per byte, an upper bound: " + decimals(bitsPerByteBound.orElse(loss));
            case NONE -> "loss of a hidden token: " + decimals(loss) + " (bits per byte are not defined)";
        };
    }

    private static String decimals(double value) {
        return String.format(Locale.ROOT, "%.4f", value);
    }
}
