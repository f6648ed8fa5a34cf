package nanochat.engine;

import java.util.Set;
import nanochat.io.BadInputException;

/// What to generate.
///
/// @param maximumTokens per row, forced tokens included
/// @param sampling how tokens are drawn
/// @param seed of all draws; the same request on the same weights gives the same tokens
/// @param stopTokens ids that end a row; they do not appear in it
/// @param traced whether samples come with their [Sample.Trace]
/// @param tools whether the model may call tools; else tool tokens are tokens like others
/// @param likelihoods what is told about how likely tokens are
public record Generation(int maximumTokens, Sampling sampling, long seed, Set<Integer> stopTokens, boolean traced, boolean tools,
        Likelihoods likelihoods) {
    /// Which tokens a listener sees with a [TokenLikelihood].
    public enum Likelihoods {
        NONE, OF_ANSWER, OF_PROMPT_AND_ANSWER
    }

    public Generation {
        if (maximumTokens < 1) {
            throw new BadInputException("At least one token must be asked for, not " + maximumTokens);
        }
        stopTokens = Set.copyOf(stopTokens);
    }

    /// Without traces.
    public Generation(int maximumTokens, Sampling sampling, long seed, Set<Integer> stopTokens) {
        this(maximumTokens, sampling, seed, stopTokens, false);
    }

    /// With tools, and without likelihoods.
    public Generation(int maximumTokens, Sampling sampling, long seed, Set<Integer> stopTokens, boolean traced) {
        this(maximumTokens, sampling, seed, stopTokens, traced, true, Likelihoods.NONE);
    }

    /// The same with other draws.
    public Generation withSeed(long other) {
        return new Generation(maximumTokens, sampling, other, stopTokens, traced, tools, likelihoods);
    }

    /// The most likely continuation.
    public static Generation greedy(int maximumTokens, Set<Integer> stopTokens) {
        return new Generation(maximumTokens, Sampling.GREEDY, 0, stopTokens);
    }
}
